import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, HEARTBEAT_MS, PASS_LEAD_MS } from '../protocol/limits.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import { type Rate, RateLimits } from './rate-limits.ts';
import { Session } from './session.ts';

/** Programs; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000) / 5;
const TWO: Rate = { count: 2, perMs: 1_000 };
const LONG = 1e9;

let clock: FakeClock;
let journal: Journal;
let limits: RateLimits;
let session: Session;
/** Of those that were told: when they are due, on the running clock, and what they waited. */
let told: { due: number; waitedMs: number }[];
let refused: BrokerError[];
let slow: string[];

beforeEach(() => {
  clock = new FakeClock();
  journal = new Journal(clock);
  limits = new RateLimits(clock, { ...DEFAULT_LIMITS, maxLeases: 20 }, journal);
  session = new Session(1, {});
  told = [];
  refused = [];
  slow = [];
});

function ask(name = 'api', rate = TWO, timeoutMs = LONG, by = session): void {
  limits.request(
    by,
    { name, rate, timeoutMs, purpose: {} },
    {
      passes: (inMs, waitedMs) => told.push({ due: clock.running() + inMs, waitedMs }),
      refused: (error) => refused.push(error),
      slow: (message) => slow.push(message),
    },
  );
}

function refusal(...asked: Parameters<typeof ask>): BrokerError {
  try {
    ask(...asked);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('It was let in.');
}

/** As the broker's heart beats. */
function runFor(ms: number): void {
  for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
    clock.advance(Math.min(left, HEARTBEAT_MS));
    limits.sweep();
  }
}

const dues = (): number[] => told.map(({ due }) => due);

test('those in use are listed, with the passes to come, and forgotten with their last window', () => {
  for (let i = 0; i < 5; i++) ask();
  ask('other', { count: 1, perMs: 500 });
  expect(limits.all()).toEqual([
    { name: 'api', rate: TWO, waiting: 3 },
    { name: 'other', rate: { count: 1, perMs: 500 }, waiting: 0 },
  ]);
  runFor(900);
  expect(told).toHaveLength(5);
  expect(limits.all()).toEqual([{ name: 'api', rate: TWO, waiting: 3 }]);
  runFor(100);
  expect(limits.all()).toEqual([{ name: 'api', rate: TWO, waiting: 1 }]);
  runFor(1_000);
  // No sweep is needed for its end.
  clock.advance(999);
  expect(limits.all()).toEqual([{ name: 'api', rate: TWO, waiting: 0 }]);
  clock.advance(1);
  expect(limits.all()).toEqual([]);
});

describe('a pass', () => {
  test('is at once for as many as there may be, and then as late as it must', () => {
    for (let i = 0; i < 5; i++) ask();
    runFor(2_000);
    expect(told).toEqual([
      { due: 0, waitedMs: 0 },
      { due: 0, waitedMs: 0 },
      { due: 1_000, waitedMs: 1_000 },
      { due: 1_000, waitedMs: 1_000 },
      { due: 2_000, waitedMs: 2_000 },
    ]);
  });

  test('is told a little ahead, and no sooner', () => {
    ask('api', { count: 1, perMs: 1_000 });
    ask('api', { count: 1, perMs: 1_000 });
    clock.advance(1_000 - PASS_LEAD_MS - 1);
    limits.sweep();
    expect(dues()).toEqual([0]);
    clock.advance(1);
    limits.sweep();
    expect(dues()).toEqual([0, 1_000]);
  });

  test('is due a window after the one that bars it, not at the window’s next edge', () => {
    ask();
    runFor(900);
    ask();
    // A bucket, or a window of fixed edges, would let two more through here.
    clock.advance(100);
    ask();
    ask();
    runFor(900);
    expect(dues()).toEqual([0, 900, 1_000, 1_900]);
  });

  test('of one name bars none of another', () => {
    for (const name of ['a', 'a', 'b', 'a']) ask(name);
    expect(dues()).toEqual([0, 0, 0]);
  });

  test('is never nearer to another than it was told, though the machine slept', () => {
    const one = { count: 1, perMs: PASS_LEAD_MS };
    ask('api', one);
    ask('api', one);
    // The second one sleeps as well, and has all of its time still before it.
    clock.stall(5_000);
    ask('api', one);
    runFor(PASS_LEAD_MS);
    expect(dues()).toEqual([0, PASS_LEAD_MS, 2 * PASS_LEAD_MS]);
  });

  test('that the broker was too late for is at once, and the next keep their distance from it', () => {
    const one = { count: 1, perMs: 1_000 };
    for (let i = 0; i < 3; i++) ask('api', one);
    clock.advance(1_700);
    limits.sweep();
    runFor(1_000);
    expect(dues()).toEqual([0, 1_700, 2_700]);
  });
});

describe('who waits no more', () => {
  const one = { count: 1, perMs: 1_000 };

  test('costs nothing: those behind it come as if it had never asked', () => {
    for (let i = 0; i < 4; i++) ask('api', one);
    runFor(500);
    limits.cancel(session.passes[0]!);
    expect(refused).toMatchObject([{ code: 'cancelled' }]);
    runFor(1_500);
    expect(dues()).toEqual([0, 1_000, 2_000]);
    expect(session.passes).toEqual([]);
  });

  test('is not given up: a cancel comes late without effect', () => {
    for (let i = 0; i < 3; i++) ask('api', one);
    const [waiter] = session.passes;
    runFor(1_000);
    limits.cancel(waiter!);
    runFor(1_000);
    expect([dues(), refused]).toEqual([[0, 1_000, 2_000], []]);
  });

  test('as its session has ended costs nothing, and nobody is told', () => {
    const [other, third] = [new Session(2, {}), new Session(3, {})];
    ask('api', one);
    for (const by of [other, other, third]) ask('api', one, LONG, by);
    other.ended = true;
    limits.endSession(other);
    expect(other.passes).toEqual([]);
    runFor(1_000);
    expect([dues(), refused]).toEqual([[0, 1_000], []]);
  });

  test('has spent its pass where it was told its time', () => {
    ask('api', one);
    ask('api', one);
    runFor(900);
    session.ended = true;
    limits.endSession(session);
    ask('api', one, LONG, new Session(2, {}));
    runFor(1_100);
    expect(dues()).toEqual([0, 1_000, 2_000]);
  });

  test('leaves its place in what is remembered to others', () => {
    for (let i = 0; i < 20; i++) ask('api', one);
    expect(refusal('api', one).code).toBe('too_many');
    limits.cancel(session.passes[5]!);
    ask('api', one);
    expect(refusal('api', one).code).toBe('too_many');
  });
});

test('an ended session is let in nowhere', () => {
  session.ended = true;
  expect(refusal().code).toBe('closed');
});

test('a broker that stops tells all who wait, and takes nobody any more', () => {
  for (let i = 0; i < 4; i++) ask();
  ask('other', { count: 1, perMs: 500 });
  ask('other', { count: 1, perMs: 500 });
  limits.drain();
  expect(refused.map(({ code }) => code)).toEqual(['stopping', 'stopping', 'stopping']);
  expect(session.passes).toEqual([]);
  expect(refusal('third').code).toBe('stopping');
});

test('who waits for 5 s is told once when it will pass, and who is before it', () => {
  clock.advance(700);
  const slow9 = { count: 1, perMs: 9_000 };
  for (let i = 0; i < 4; i++) ask('api', slow9);
  limits.cancel(session.passes[1]!);
  runFor(4_950);
  expect(slow).toEqual([]);
  runFor(2_000);
  expect(slow).toEqual([
    "Waiting for a pass of the limit 'api' (1 in 9.0 s), for 5.0 s so far: it is due in 4.0 s, with 0 before it.",
    "Waiting for a pass of the limit 'api' (1 in 9.0 s), for 5.0 s so far: it is due in 13.0 s, with 1 before it.",
  ]);
});

describe('the journal', () => {
  const ends = () =>
    journal.events().map((event) => {
      const { type, ms } = event;
      if (type === 'wait') return [ms, event.ticket, event.pools];
      return type === 'wait_end' ? [ms, event.ticket, event.reason, event.inMs] : [];
    });

  test('tells of a pass that was waited for, with its very time, and of none that came at once', () => {
    const one = { count: 1, perMs: 300 };
    for (let i = 0; i < 3; i++) ask('api', one);
    clock.advance(130);
    limits.sweep();
    ask('soon', { count: 1, perMs: 150 });
    ask('soon', { count: 1, perMs: 150 });
    expect(ends()).toEqual([
      [0, 2, ['limit:api']],
      [0, 3, ['limit:api']],
      [130, 2, 'passed', 170],
      [130, 5, ['limit:soon']],
      [130, 5, 'passed', 150],
    ]);
    expect(journal.events()[0]).toMatchObject({ session: 1, purpose: {} });
  });

  test('tells of each wait that had another end, which that was', () => {
    const other = new Session(2, {});
    const one = { count: 1, perMs: 9_000 };
    for (const by of [session, session, other, session]) ask('api', one, LONG, by);
    limits.cancel(session.passes[0]!);
    other.ended = true;
    limits.endSession(other);
    limits.drain();
    expect(ends().slice(3)).toEqual([
      [0, 2, 'cancelled', undefined],
      [0, 3, 'disconnected', undefined],
      [0, 4, 'stopped', undefined],
    ]);
  });
});

describe('a pass beyond the timeout', () => {
  test('is refused, with when it would be and how many are before it; nothing is spent', () => {
    for (let i = 0; i < 5; i++) ask();
    runFor(400);
    const error = refusal('api', TWO, 1_599);
    expect(error).toMatchObject({
      code: 'wait_timeout',
      details: { limit: 'api', count: 2, perMs: 1_000, waitMs: 1_600, place: 3 },
    });
    expect(error.message).toMatch(
      "The limit 'api' (2 in 1.0 s) has its next pass in 1.6 s, beyond the timeout of 1.6 s; 3 wait before it.",
    );
    ask('api', TWO, 1_600);
    runFor(1_600);
    expect(dues().slice(4)).toEqual([2_000, 2_000]);
  });

  test('with the timeout 0 is any that is not at once', () => {
    ask('api', TWO, 0);
    ask('api', TWO, 0);
    expect(dues()).toEqual([0, 0]);
    expect(refusal('api', TWO, 0).details).toMatchObject({ waitMs: 1_000, place: 0 });
  });
});

describe('a name', () => {
  test.each([
    { count: 3, perMs: 1_000 },
    { count: 2, perMs: 1_001 },
  ])('in use with another rate is refused (%o)', (other) => {
    ask();
    const error = refusal('api', other);
    expect(error).toMatchObject({
      code: 'config_mismatch',
      details: { limit: 'api', ...TWO, asked: other },
    });
    expect(error.message).toMatch("'api' is in use with 2 in 1.0 s, not ");
  });

  test('is free for another rate when its last window is over, swept or not', () => {
    for (let i = 0; i < 3; i++) ask();
    runFor(1_999);
    expect(refusal('api', { count: 1, perMs: 5 }).code).toBe('config_mismatch');
    clock.advance(1);
    const other = { count: 1, perMs: 5_000 };
    ask('api', other);
    expect(told.at(-1)).toEqual({ due: 2_000, waitedMs: 0 });
    // The sweep, which comes late for the one before, leaves what is in use under its name.
    runFor(100);
    ask('api', other);
    runFor(5_000);
    expect(dues().at(-1)).toBe(7_000);
  });

  test('is bounded with all others by the passes that are remembered, and forgotten with them', () => {
    for (let i = 0; i < 20; i++) ask(`name ${i}`);
    const error = refusal('one more');
    expect(error).toMatchObject({ code: 'too_many', details: { maxLeases: 20 } });
    expect(error.message).toMatch('20 passes of rate limits are remembered already');
    runFor(1_100);
    for (let i = 0; i < 20; i++) ask('api', { count: 20, perMs: 1_000 });
    expect(refusal('one more').code).toBe('too_many');
    clock.advance(1_000);
    // Those of the same name make room as they pass out of its window.
    ask('api', { count: 20, perMs: 1_000 });
    for (let i = 0; i < 19; i++) ask(`name ${i}`);
    expect(refusal('one more').code).toBe('too_many');
  });

  test('makes room one by one, as its passes leave the window', () => {
    const slow = { count: 20, perMs: 1_000 };
    for (let i = 0; i < 20; i++) {
      ask('api', slow);
      clock.advance(10);
    }
    clock.advance(830);
    expect(refusal('other').code).toBe('too_many');
    for (let i = 0; i < 3; i++) ask('api', slow);
    expect(dues().slice(20)).toEqual([1_030, 1_030, 1_030]);
    ask('other');
    expect(refusal('other').code).toBe('too_many');
  });
});

test('any program: never more in any window, first come first served, no later than that demands, and who gives up costs nothing', () => {
  const asked = fc.record({
    afterMs: fc.constantFrom(0, 0, 0, 1, 30, 49, 50, 120),
    stallMs: fc.constantFrom(0, 0, 0, 0, 250),
    timeoutMs: fc.constantFrom(LONG, LONG, 300, 0),
    /** Which of those that wait gives up before, if there is one. */
    givesUp: fc.constantFrom(undefined, undefined, 0, 1, 2),
  });
  const program = fc.record({
    count: fc.integer({ min: 1, max: 4 }),
    perMs: fc.constantFrom(1, 150, 300, 700),
    asks: fc.array(asked, { maxLength: 40 }),
  });
  fc.assert(
    fc.property(program, ({ count, perMs, asks }) => {
      const clock = new FakeClock();
      const limits = new RateLimits(clock, DEFAULT_LIMITS, new Journal(clock));
      const session = new Session(1, {});
      /** Those that were told, in order; when their clients pass, on their clocks; and those that wait. */
      const due: number[] = [];
      const passed: number[] = [];
      const waiting: { asked: number }[] = [];
      const next = (behind: number[], asked: number) =>
        Math.max(asked, (behind.at(-count) ?? Number.NEGATIVE_INFINITY) + perMs);
      const beat = (ms: number) => {
        for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
          clock.advance(Math.min(left, HEARTBEAT_MS));
          limits.sweep();
        }
      };
      for (const { afterMs, stallMs, timeoutMs, givesUp } of asks) {
        beat(afterMs);
        clock.stall(stallMs);
        if (givesUp !== undefined && waiting[givesUp]) {
          waiting.splice(givesUp, 1);
          limits.cancel(session.passes[givesUp]!);
        }
        const now = clock.running();
        const planned = [...due];
        for (const { asked } of waiting) planned.push(next(planned, asked));
        const waitMs = next(planned, now) - now;
        const one = { asked: now };
        const ask = { name: 'api', rate: { count, perMs }, timeoutMs, purpose: {} };
        const outcome = {
          passes: (inMs: number, waitedMs: number) => {
            expect(waiting.shift()).toBe(one);
            const at = clock.running() + inMs;
            expect(at).toBe(next(due, one.asked));
            expect(waitedMs).toBe(at - one.asked);
            due.push(at);
            passed.push(clock.elapsed() + inMs);
          },
          refused: () => {},
          slow: () => {},
        };
        if (waitMs > timeoutMs) {
          expect(() => limits.request(session, ask, outcome)).toThrow('next pass in');
          continue;
        }
        waiting.push(one);
        limits.request(session, ask, outcome);
      }
      beat(40 * (perMs + HEARTBEAT_MS));
      expect(waiting).toEqual([]);
      for (let i = 1; i < passed.length; i++) {
        expect(passed[i]!).toBeGreaterThanOrEqual(passed[i - 1]!);
        if (i >= count) expect(passed[i]! - passed[i - count]!).toBeGreaterThanOrEqual(perMs);
      }
    }),
    { numRuns: RUNS },
  );
});
