import { test } from '@jest/globals';

import imported = require('ephemeral-broker/jest');

test('any pool, any value', async () => {
  (await broker.lease('more', { scope: 'worker' })).value.anything.goes;
  (await imported.broker.lease('more')).value.anything.goes;
  broker.leased.anything.goes;
  const typed = broker as imported.TestBroker<{ pools: { few: number[] } }>;
  const few: number = (await typed.lease('few')).value;
  few.toFixed();
  // @ts-expect-error there is no such scope
  await broker.lease('accounts', { scope: 'run' });
});

test('a config', () => {
  imported.withBroker({ testEnvironment: 'node' }, { pools: { few: [1, 2] } });
});
