import { test as base } from '@playwright/test';
import { createFixtures, withBroker } from 'ephemeral-broker/playwright';

const { brokerFixtures, leased } = createFixtures<{ pools: { accounts: { user: string }[] } }>();
const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('in CommonJS', ({ account, broker }) => void [account.user.length, broker.pools()]);
withBroker({ retries: 2 }).retries.toFixed();
// @ts-expect-error: there is no such pool
leased({ account: 'acounts' });
