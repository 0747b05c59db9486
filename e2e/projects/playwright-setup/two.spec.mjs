import { test as base, expect, mergeTests } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const one = base.extend(brokerFixtures);
const two = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));
const test = mergeTests(one, two);

test('leases in an ES module', async ({ account, lease }) => {
  expect(account.role).toBe('buyer');
  expect((await lease('accounts')).value.user).not.toBe(account.user);
});
