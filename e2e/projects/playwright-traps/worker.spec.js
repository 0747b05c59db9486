import { existsSync, writeFileSync } from 'node:fs';
import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { hold } from './held.js';

const test = base.extend(brokerFixtures).extend(
  leased({
    tenant: { pool: 'tenants', scope: 'worker' },
    kept: { pool: 'kept', scope: 'worker', timeout: 300 },
  }),
);

let first;

test('a worker has one', ({ tenant }) => {
  first = { tenant, pid: process.pid };
});

test('for all its tests', ({ tenant }) => {
  expect({ tenant, pid: process.pid }).toEqual(first);
});

test('FAILS, and so ends the worker', ({ tenant }) => {
  expect(tenant).toBe('another');
});

test('the worker after it claims anew', ({ tenant }) => {
  expect(first).toBeUndefined();
  expect(tenant).toEqual(expect.any(Number));
});

test.describe('a claim in vain', () => {
  test.beforeAll(async () => {
    if (existsSync('kept.txt')) return;
    writeFileSync('kept.txt', '');
    // Until the end of this worker.
    await hold('kept');
  });

  test('FAILS the test that asked', ({ kept }) => {
    expect(kept).toBe('never');
  });

  test('is not kept: the next one asks again', ({ kept }) => {
    expect(kept).toBe('kept');
  });
});
