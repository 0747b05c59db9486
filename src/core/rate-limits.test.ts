import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { FakeClock } from './fake-clock.ts';
import { type Rate, RateLimits } from './rate-limits.ts';

/** Programs; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000) / 5;
const TWO: Rate = { count: 2, perMs: 1_000 };
const LONG = 1e9;

let clock: FakeClock;
let limits: RateLimits;

beforeEach(() => {
  clock = new FakeClock();
  limits = new RateLimits(clock, { ...DEFAULT_LIMITS, maxLeases: 20 });
});

const pass = (name = 'api', rate = TWO, timeoutMs = LONG): number =>
  limits.reserve(name, rate, timeoutMs);

function refusal(...asked: Parameters<typeof pass>): BrokerError {
  try {
    pass(...asked);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('It passed.');
}

test('those in use are listed, with the passes to come, and forgotten with their last window', () => {
  for (let i = 0; i < 5; i++) pass();
  pass('other', { count: 1, perMs: 500 });
  expect(limits.all()).toEqual([
    { name: 'api', rate: TWO, waiting: 3 },
    { name: 'other', rate: { count: 1, perMs: 500 }, waiting: 0 },
  ]);
  clock.advance(1_000);
  expect(limits.all()).toEqual([{ name: 'api', rate: TWO, waiting: 1 }]);
});

describe('a pass', () => {
  test('is at once for as many as there may be, and then as late as it must', () => {
    expect([pass(), pass(), pass(), pass(), pass()]).toEqual([0, 0, 1_000, 1_000, 2_000]);
  });

  test('is due a window after the one that bars it, not at the window’s next edge', () => {
    pass();
    clock.advance(900);
    pass();
    // A bucket, or a window of fixed edges, would let two more through here.
    clock.advance(100);
    expect(pass()).toBe(0);
    expect(pass()).toBe(900);
  });

  test('of one name bars none of another', () => {
    pass('a');
    pass('a');
    expect(pass('b')).toBe(0);
    expect(pass('a')).toBe(1_000);
  });

  test('is never nearer to another than it was reserved, though the machine slept', () => {
    const one = { count: 1, perMs: 1_000 };
    pass('api', one);
    expect(pass('api', one)).toBe(1_000);
    // The second one sleeps as well, and has all of its second still before it.
    clock.stall(5_000);
    expect(pass('api', one)).toBe(2_000);
  });
});

describe('a pass beyond the timeout', () => {
  test('is refused, with when it would be and how many are before it; nothing is reserved', () => {
    for (let i = 0; i < 5; i++) pass();
    clock.advance(400);
    const error = refusal('api', TWO, 1_599);
    expect(error).toMatchObject({
      code: 'wait_timeout',
      details: { limit: 'api', count: 2, perMs: 1_000, waitMs: 1_600, place: 3 },
    });
    expect(error.message).toMatch(
      "The limit 'api' (2 in 1.0 s) has its next pass in 1.6 s, beyond the timeout of 1.6 s; 3 wait before it.",
    );
    expect(pass('api', TWO, 1_600)).toBe(1_600);
  });

  test('with the timeout 0 is any that is not at once', () => {
    expect([pass('api', TWO, 0), pass('api', TWO, 0)]).toEqual([0, 0]);
    expect(refusal('api', TWO, 0).details).toMatchObject({ waitMs: 1_000, place: 0 });
  });
});

describe('a name', () => {
  test.each([
    { count: 3, perMs: 1_000 },
    { count: 2, perMs: 1_001 },
  ])('in use with another rate is refused (%o)', (other) => {
    pass();
    const error = refusal('api', other);
    expect(error).toMatchObject({
      code: 'config_mismatch',
      details: { limit: 'api', ...TWO, asked: other },
    });
    expect(error.message).toMatch("'api' is in use with 2 in 1.0 s, not ");
  });

  test('is free for another rate when its last window is over, swept or not', () => {
    pass();
    pass();
    pass();
    clock.advance(1_999);
    limits.sweep();
    expect(refusal('api', { count: 1, perMs: 5 }).code).toBe('config_mismatch');
    clock.advance(1);
    expect(pass('api', { count: 1, perMs: 5 })).toBe(0);
  });

  test('is bounded with all others by the passes that are remembered, and forgotten with them', () => {
    for (let i = 0; i < 20; i++) pass(`name ${i}`);
    const error = refusal('one more');
    expect(error).toMatchObject({ code: 'too_many', details: { maxLeases: 20 } });
    expect(error.message).toMatch('20 passes of rate limits are remembered already');
    clock.advance(1_100);
    limits.sweep();
    for (let i = 0; i < 20; i++) pass('api', { count: 20, perMs: 1_000 });
    expect(refusal('one more').code).toBe('too_many');
    clock.advance(1_000);
    // Those of the same name make room as they pass out of its window.
    expect(pass('api', { count: 20, perMs: 1_000 })).toBe(0);
    for (let i = 0; i < 19; i++) pass(`name ${i}`);
    expect(refusal('one more').code).toBe('too_many');
  });

  test('makes room one by one, as its passes leave the window', () => {
    const slow = { count: 20, perMs: 1_000 };
    for (let i = 0; i < 20; i++) {
      pass('api', slow);
      clock.advance(10);
    }
    clock.advance(830);
    expect(refusal('other').code).toBe('too_many');
    expect([pass('api', slow), pass('api', slow), pass('api', slow)]).toEqual([0, 0, 0]);
    expect(pass('other')).toBe(0);
    expect(refusal('other').code).toBe('too_many');
  });
});

test('any program: never more in any window, first come first served, and no later than that demands', () => {
  const asked = fc.record({
    afterMs: fc.constantFrom(0, 0, 0, 1, 3, 9, 10, 11, 40),
    stallMs: fc.constantFrom(0, 0, 0, 0, 25),
    timeoutMs: fc.constantFrom(LONG, LONG, 5, 0),
    sweep: fc.boolean(),
  });
  const program = fc.record({
    count: fc.integer({ min: 1, max: 4 }),
    perMs: fc.constantFrom(1, 7, 10),
    asks: fc.array(asked, { maxLength: 40 }),
  });
  fc.assert(
    fc.property(program, ({ count, perMs, asks }) => {
      const clock = new FakeClock();
      const limits = new RateLimits(clock, DEFAULT_LIMITS);
      /** All that there ever were: on the running clock, and as their clients sleep. */
      const due: number[] = [];
      const passed: number[] = [];
      for (const { afterMs, stallMs, timeoutMs, sweep } of asks) {
        clock.advance(afterMs);
        clock.stall(stallMs);
        if (sweep) limits.sweep();
        const now = clock.running();
        const barred = due.length < count ? 0 : due.at(-count)! + perMs;
        const waitMs = Math.max(0, barred - now, (due.at(-1) ?? 0) - now);
        if (waitMs > timeoutMs) {
          expect(() => limits.reserve('api', { count, perMs }, timeoutMs)).toThrow('next pass in');
          continue;
        }
        expect(limits.reserve('api', { count, perMs }, timeoutMs)).toBe(waitMs);
        due.push(now + waitMs);
        passed.push(clock.elapsed() + waitMs);
      }
      for (let i = 1; i < passed.length; i++) {
        expect(passed[i]!).toBeGreaterThanOrEqual(passed[i - 1]!);
        if (i >= count) expect(passed[i]! - passed[i - count]!).toBeGreaterThanOrEqual(perMs);
      }
    }),
    { numRuns: RUNS },
  );
});
