import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, expect } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('has the same broker', async ({ account, broker }) => {
  expect(['ann', 'bob']).toContain(account.user);
  await broker.incr('files');
});
