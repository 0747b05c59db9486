import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lease } from './lease.ts';
import { Renewals } from './renewals.ts';

// As it is, but under the hands of fake timers.
vi.mock('./real-time.ts', () => ({
  now: () => performance.now(),
  setTimer: (callback: () => void, ms: number) => setTimeout(callback, ms),
  clearTimer: (timer: NodeJS.Timeout | undefined) => clearTimeout(timer),
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => vi.useRealTimers());

/** A lease that only notes when it was renewed. */
function stub(ttlMs: number) {
  const at: number[] = [];
  const start = performance.now();
  const lease = {
    ttlMs,
    held: true,
    sendRenewal: async () => {
      at.push(Math.round(performance.now() - start));
    },
  };
  return { at, lease: lease as unknown as Lease & { held: boolean } };
}

test('each lease is renewed at a third of its own TTL, with one timer for all', () => {
  const renewals = new Renewals();
  const [slow, quick] = [stub(3_000), stub(300)];
  for (const { lease } of [slow, quick]) renewals.add(lease, performance.now());
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(2_000);
  expect(slow.at).toEqual([1_000, 2_000]);
  expect(quick.at.length).toBeGreaterThanOrEqual(19);
  for (const [i, at] of quick.at.entries()) {
    expect(at - (quick.at[i - 1] ?? 0)).toBeLessThanOrEqual(102);
  }
  expect(vi.getTimerCount()).toBe(1);
});

test('one that was asked for long ago is renewed at once', () => {
  const renewals = new Renewals();
  vi.advanceTimersByTime(10_000);
  const { at, lease } = stub(3_000);
  renewals.add(lease, performance.now() - 5_000);
  vi.advanceTimersByTime(1_500);
  expect(at.length).toBe(2);
  expect(at[0]).toBeLessThanOrEqual(2);
  expect(at[1]! - at[0]!).toBeLessThanOrEqual(1_002);
});

test('one that has ended is left alone, and the last leaves no timer behind', () => {
  const renewals = new Renewals();
  const [ended, kept] = [stub(300), stub(300)];
  for (const { lease } of [ended, kept]) renewals.add(lease, performance.now());
  renewals.delete(ended.lease);
  vi.advanceTimersByTime(150);
  expect([ended.at.length, kept.at.length]).toEqual([0, 1]);
  renewals.delete(kept.lease);
  vi.advanceTimersByTime(1_000);
  expect([kept.at.length, vi.getTimerCount()]).toEqual([1, 0]);
});

test('one that is found lost is not renewed, and the others are', () => {
  const renewals = new Renewals();
  const [lost, kept] = [stub(300), stub(300)];
  for (const { lease } of [lost, kept]) renewals.add(lease, performance.now());
  lost.lease.held = false;
  vi.advanceTimersByTime(1_000);
  expect(lost.at).toEqual([]);
  expect(kept.at.length).toBeGreaterThanOrEqual(9);
});

test('a renewal that fails fails nothing else', async () => {
  const renewals = new Renewals();
  const [failing, kept] = [stub(300), stub(300)];
  failing.lease.sendRenewal = () => Promise.reject(new Error('gone'));
  for (const { lease } of [failing, kept]) renewals.add(lease, performance.now());
  await vi.advanceTimersByTimeAsync(1_000);
  expect(kept.at.length).toBeGreaterThanOrEqual(9);
});

test('leases can be ended while they are gone through', () => {
  const renewals = new Renewals();
  const stubs = Array.from({ length: 5 }, () => stub(300));
  for (const { lease } of stubs) renewals.add(lease, performance.now());
  const seen = [];
  for (const lease of renewals) {
    renewals.delete(lease);
    seen.push(lease);
  }
  expect(seen).toEqual(stubs.map(({ lease }) => lease));
  expect([...renewals]).toEqual([]);
});
