import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', ({ account }) => {
  expect(account).toMatchObject({ user: 'anna' });
});
