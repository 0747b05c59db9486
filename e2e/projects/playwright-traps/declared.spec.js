import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { isFree } from './held.js';

const test = base.extend(brokerFixtures).extend(leased({ again: 'retry' }));

test.describe('declared', () => {
  test.use({ leases: { one: 'declared', tenant: { pool: 'tenants', ttl: '10s' } } });

  test('by the option', async ({ broker }) => {
    expect(broker.leased).toEqual({ one: 'declared', tenant: expect.any(Number) });
  });

  const annotation = { type: 'lease', description: 'again: retry2, other:retry' };
  test('by an annotation beside it', { annotation }, ({ broker }) => {
    expect(broker.leased).toMatchObject({ one: 'declared', again: 'retry2', other: 'retry' });
  });

  test('and held by tests that do not look at it', async () => {
    expect(await isFree('declared')).toBe(false);
  });
});

test('is freed with the test', async () => {
  expect(await isFree('declared')).toBe(true);
});

test.describe('FAILS', () => {
  test('by an annotation that is none', { annotation: { type: 'lease' } }, () => {});
  test.describe(() => {
    test.use({ leases: { one: { pol: 'declared' } } });
    test('by an option that is none', () => {});
  });
  test.describe(() => {
    test.use({ leases: { one: 'declare' } });
    test('by an unknown pool', () => {});
  });
});

test.describe('retries', () => {
  test.describe.configure({ retries: 2 });
  let tokens = 0;
  test('claim anew', async ({ again, lease, broker }) => {
    expect(again).toBe('retry');
    const { token } = await lease('retry2');
    tokens = token;
    expect(tokens).toBe(token);
    expect(await broker.incr('attempts')).toBe(3);
  });
});

test('a test that is meant to fail frees what it leased', async ({ lease }) => {
  test.fail();
  await lease('fail');
  throw new Error('as meant');
});

test('and so does one whose declaration fails half-way', async () => {
  expect(await isFree('fail')).toBe(true);
});
