import { broker } from 'ephemeral-broker/wdio';

it('has no broker', () => broker.lease('accounts'));
