import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, expect } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', async ({ account, broker }) => {
  expect(account).toMatchObject({ user: 'anna' });
  expect(await broker.get('shop')).toBe('open');
});
