const { test: base, expect } = require('@playwright/test');
const { brokerFixtures, leased } = require('ephemeral-broker/playwright');

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases in CommonJS', async ({ account, broker }) => {
  expect(account.role).toBe('buyer');
  await broker.incr('tests');
});
