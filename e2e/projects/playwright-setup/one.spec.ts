import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases in TypeScript', async ({ account, broker }) => {
  expect(account.role as string).toBe('buyer');
  expect((await broker.pools())[0]).toMatchObject({ name: 'accounts' });
  await broker.incr('tests');
});

test('uses nothing of the broker', () => {});
