import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(
  leased({
    lost: { pool: 'lost', ttl: 300 },
    tenant: { pool: 'tenants', ttl: 300, scope: 'worker' },
  }),
);

/** No renewal goes out. */
function block(ms) {
  for (const end = Date.now() + ms; Date.now() < end; );
}

test('FAILS by the loss of its lease', ({ lost }) => {
  expect(lost).toBe('lost');
  block(700);
});

let pid;
test('has a lease of the worker', ({ tenant }) => {
  pid = process.pid;
  expect(tenant).toEqual(expect.any(Number));
});

test('FAILS by the loss of the lease of the worker', async ({ tenant }) => {
  block(700);
  await sleep(60_000, tenant);
});

test('the worker after it has another', ({ tenant }) => {
  expect(pid).toBeUndefined();
  expect(tenant).toEqual(expect.any(Number));
});
