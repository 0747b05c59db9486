import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, expect } from 'vitest';
import { isFree, sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(leased({ one: 'body' }));
const done = [];

test('FAILS while its body goes on', { timeout: 300 }, async ({ one, broker }) => {
  const own = await broker.lease('own');
  broker.withLease('run', () => sleep(900)).then(() => done.push('run'));
  await sleep(900);
  done.push(one, own.value);
  await own.release();
  await broker.lease('many').catch((error) => done.push(error.message.slice(0, 14)));
});

test('keeps all leases of a body that may still run', async ({ broker }) => {
  expect(done).toEqual([]);
  for (const pool of ['body', 'own', 'run']) expect(await isFree(pool)).toBe(false);
  await expect(broker.lease('body', { timeout: 0 })).rejects.toThrow(
    "kept for the test 'FAILS while its body goes on', which timed out in this worker",
  );
});

test('frees what the body itself releases, and leases nothing more to it', async () => {
  await sleep(1_000);
  expect(done.sort()).toEqual(['Test timed out', 'body', 'own', 'run']);
  expect(await isFree('own')).toBe(true);
  expect(await isFree('run')).toBe(true);
});

test('keeps what the body does not release', async () => {
  expect(await isFree('body')).toBe(false);
});
