import { uptime } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HEARTBEAT_MS } from '../protocol/limits.ts';
import { BrokerClock } from './clock.ts';

vi.mock('node:os', () => ({ uptime: vi.fn() }));

/** The machine as the clock sees it: what runs on while it sleeps, and what does not. */
let monotonicMs: number;
let upMs: number;
/** Some systems tell their uptime in whole seconds. */
let upGrainMs: number;

beforeEach(() => {
  [monotonicMs, upMs, upGrainMs] = [5_000, 900_000, 10];
  vi.spyOn(performance, 'now').mockImplementation(() => monotonicMs);
  vi.mocked(uptime).mockImplementation(() => (Math.floor(upMs / upGrainMs) * upGrainMs) / 1_000);
});
afterEach(() => vi.restoreAllMocks());

function pass(ms: number): void {
  monotonicMs += ms;
  upMs += ms;
}

function beatFor(clock: BrokerClock, ms: number, everyMs = HEARTBEAT_MS): void {
  for (let left = ms; left > 0; left -= everyMs) {
    pass(everyMs);
    clock.beat();
  }
}

test('a broker that runs counts what passes', () => {
  const clock = new BrokerClock();
  beatFor(clock, 10_000);
  expect(clock.running()).toBe(10_000);
  pass(20);
  expect(clock.running()).toBe(10_020);
});

test('beats that are a little late, as timers are, lose nothing', () => {
  const clock = new BrokerClock();
  beatFor(clock, 7_000, 70);
  expect(clock.running()).toBe(7_000);
});

test('a stall, however long, counts as no more than a beat or two', () => {
  const clock = new BrokerClock();
  beatFor(clock, 1_000);
  pass(3_600_000);
  expect(clock.running()).toBeLessThanOrEqual(1_000 + 2 * HEARTBEAT_MS);
  clock.beat();
  expect(clock.running()).toBeLessThanOrEqual(1_000 + 2 * HEARTBEAT_MS);
  beatFor(clock, 1_000);
  expect(clock.running()).toBeLessThanOrEqual(2_000 + 2 * HEARTBEAT_MS);
  expect(clock.running()).toBeGreaterThanOrEqual(2_000);
});

test('running time never goes back, and never ahead of the monotonic clock', () => {
  const clock = new BrokerClock();
  const start = monotonicMs;
  let last = 0;
  for (let i = 0; i < 1_000; i++) {
    pass((i * 37) % 211);
    if (i % 3 === 0) clock.beat();
    const running = clock.running();
    expect(running).toBeGreaterThanOrEqual(last);
    expect(running).toBeLessThanOrEqual(monotonicMs - start);
    last = running;
  }
});

test('the wall clock has no say in the other two', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  try {
    const clock = new BrokerClock();
    beatFor(clock, 1_000);
    for (const jump of [3_600_000, -7_200_000]) {
      vi.setSystemTime(Date.now() + jump);
      clock.beat();
      expect([clock.running(), clock.elapsed(), clock.wall()]).toEqual([1_000, 1_000, Date.now()]);
    }
  } finally {
    vi.useRealTimers();
  }
});

test('the time of values goes on through a stall, and through the machine’s sleep', () => {
  const clock = new BrokerClock();
  beatFor(clock, 1_000);
  pass(60_000);
  expect(clock.elapsed()).toBe(61_000);
  // The monotonic clock stands still while the machine sleeps; its uptime does not.
  upMs += 3_600_000;
  clock.beat();
  expect(clock.elapsed()).toBe(3_661_000);
  expect(clock.running()).toBeLessThanOrEqual(1_000 + 2 * HEARTBEAT_MS);
});

test('an uptime told in whole seconds is not taken for sleep, and the time of values never goes back', () => {
  upGrainMs = 1_000;
  upMs = 900_999;
  const clock = new BrokerClock();
  let last = 0;
  for (let i = 0; i < 500; i++) {
    pass(HEARTBEAT_MS);
    clock.beat();
    expect(clock.elapsed()).toBeGreaterThanOrEqual(last);
    last = clock.elapsed();
  }
  expect(last).toBe(500 * HEARTBEAT_MS);
});
