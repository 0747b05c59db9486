import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, HEARTBEAT_MS } from '../protocol/limits.ts';
import type { Purpose } from '../protocol/messages.ts';
import { Barriers, type Party } from './barriers.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import { Leases } from './leases.ts';
import { Session } from './session.ts';

/** Programs; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000) / 5;

let clock: FakeClock;
let journal: Journal;
let barriers: Barriers;
let sessions: Session[];
/** By which test, what it was told. */
let told: [string, number | BrokerError][];
let slow: [string, string][];

beforeEach(() => {
  clock = new FakeClock();
  journal = new Journal(clock);
  barriers = new Barriers(clock, { ...DEFAULT_LIMITS, maxWaiters: 20 }, journal);
  sessions = Array.from(
    { length: 4 },
    (_, i) => new Session(i, { runner: 'vitest', worker: `${i}`, pid: 4711 + i }),
  );
  told = [];
  slow = [];
});

/** The session of that number arrives, for a test of that name. */
function arrive(by: number, test: string, party: Partial<Party> = {}): void {
  const tell = (what: number | BrokerError) => told.push([test, what]);
  barriers.arrive(
    sessions[by]!,
    { name: 'seed', parties: 3, timeoutMs: 60_000, purpose: { test }, ...party },
    { passed: tell, refused: tell, slow: (message) => slow.push([test, message]) },
  );
}

function refusal(...asked: Parameters<typeof arrive>): BrokerError {
  try {
    arrive(...asked);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('It was let in.');
}

function end(by: number): void {
  sessions[by]!.ended = true;
  barriers.endSession(sessions[by]!);
}

function sweepAfter(ms: number): void {
  clock.advance(ms);
  barriers.sweep();
}

const errorOf = (test: string): BrokerError =>
  told.find(([name]) => name === test)?.[1] as BrokerError;

/** Nothing is left of anybody: whoever comes is the first, of as many as it says. */
function isEmpty(): boolean {
  const { details } = refusal(3, 'probe', { parties: 7, timeoutMs: 0 });
  return details.missing === 6 && sessions.every(({ arrivals }) => arrivals.length === 0);
}

describe('a round', () => {
  test('is passed by all at once, each with its place, when the last of them arrives', () => {
    arrive(2, 'a');
    arrive(0, 'b');
    expect(told).toEqual([]);
    arrive(1, 'c');
    expect(told).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
    expect(isEmpty()).toBe(true);
  });

  test('is followed by a new one, of another size if they like', () => {
    for (const each of ['a', 'b', 'c']) arrive(0, each);
    arrive(1, 'd', { parties: 2 });
    arrive(2, 'e', { parties: 2 });
    expect(told.slice(3)).toEqual([
      ['d', 0],
      ['e', 1],
    ]);
  });

  test('of one party waits for nobody, also where it may not wait', () => {
    arrive(0, 'a', { parties: 1, timeoutMs: 0 });
    expect(told).toEqual([['a', 0]]);
  });

  test('has its own parties only: other names are other barriers', () => {
    arrive(0, 'a');
    arrive(1, 'b');
    arrive(2, 'c', { name: 'other' });
    expect(told).toEqual([]);
    arrive(2, 'd');
    expect(told.map(([test]) => test)).toEqual(['a', 'b', 'd']);
  });

  test('may be completed by one that could not wait', () => {
    arrive(0, 'a', { parties: 2 });
    arrive(1, 'b', { parties: 2, timeoutMs: 0 });
    expect(told.map(([test]) => test)).toEqual(['a', 'b']);
  });

  test('takes nobody who names another number', () => {
    arrive(0, 'a');
    const error = refusal(1, 'b', { parties: 4 });
    expect(error).toMatchObject({
      code: 'config_mismatch',
      details: { barrier: 'seed', parties: 3, asked: 4 },
    });
    expect(error.message).toMatch("'seed' is in use with 3 parties, of which 1 wait, not with 4");
    arrive(1, 'b');
    arrive(2, 'c');
    expect(told).toHaveLength(3);
  });
});

describe('a broken round', () => {
  const waiting = () => {
    arrive(0, 'buys');
    clock.advance(2_000);
    arrive(1, 'sells');
    clock.advance(1_000);
  };

  test('by the end of a session: all others are told at once who it was and who had arrived', () => {
    waiting();
    end(0);
    expect(told.map(([test]) => test)).toEqual(['sells']);
    const error = errorOf('sells');
    const [buys, sells] = [
      { runner: 'vitest', worker: '0', pid: 4711, test: 'buys' },
      { runner: 'vitest', worker: '1', pid: 4712, test: 'sells' },
    ];
    expect(error).toMatchObject({ code: 'barrier_broken' });
    expect(error.details).toEqual({
      barrier: 'seed',
      parties: 3,
      missing: 1,
      why: 'disconnected',
      by: buys,
      arrived: [
        { waitedMs: 3_000, ...buys },
        { waitedMs: 1_000, ...sells },
      ],
    });
    expect(error.message).toBe(
      `The barrier 'seed' was broken by vitest worker 0 (pid 4711), test 'buys': its connection ended. 2 of 3 have arrived, 1 missing.
  vitest worker 0 (pid 4711), test 'buys', 3.0 s ago
  vitest worker 1 (pid 4712), test 'sells', 1.0 s ago
The next who arrives begins a new round: there all must arrive again.`,
    );
    expect(isEmpty()).toBe(true);
  });

  test('by a cancel, which tells the one that was cancelled just that', () => {
    waiting();
    barriers.cancel(sessions[1]!.arrivals[0]!);
    expect(told.map(([test]) => test)).toEqual(['buys', 'sells']);
    expect(errorOf('sells')).toMatchObject({ code: 'cancelled' });
    expect(errorOf('buys').details).toMatchObject({ why: 'cancelled', by: { test: 'sells' } });
    expect(errorOf('buys').message).toMatch("test 'sells': its wait was cancelled.");
    expect(isEmpty()).toBe(true);
  });

  test('by no cancel that comes when it is over', () => {
    waiting();
    const arrival = sessions[1]!.arrivals[0]!;
    barriers.cancel(arrival);
    waiting();
    told = [];
    barriers.cancel(arrival);
    expect([told, isEmpty()]).toEqual([[], false]);
  });

  test('by a timeout, whose error tells who had arrived and how many were missing', () => {
    arrive(0, 'buys');
    clock.advance(500);
    arrive(1, 'sells', { timeoutMs: 1_000 });
    sweepAfter(999);
    expect(told).toEqual([]);
    sweepAfter(1 + HEARTBEAT_MS);
    expect(errorOf('sells')).toMatchObject({
      code: 'wait_timeout',
      details: { barrier: 'seed', waitedMs: 1_050, parties: 3, missing: 1 },
    });
    expect(errorOf('sells').details.arrived).toMatchObject([{ test: 'buys' }, { test: 'sells' }]);
    expect(errorOf('sells').message).toBe(
      `Waited 1.1 s at the barrier 'seed': 2 of 3 have arrived, 1 missing.
  vitest worker 0 (pid 4711), test 'buys', 1.6 s ago
  vitest worker 1 (pid 4712), test 'sells', 1.1 s ago
See what keeps the others, or whether there are so many; or wait longer (timeout).`,
    );
    expect(errorOf('buys').details).toMatchObject({ why: 'timeout', by: { test: 'sells' } });
    expect(errorOf('buys').message).toMatch('it had waited for its timeout, 1.1 s.');
    expect(isEmpty()).toBe(true);
  });

  test('is told once, also where the next would have timed out in the same sweep', () => {
    arrive(0, 'a', { timeoutMs: 1_000 });
    arrive(1, 'b', { timeoutMs: 1_000 });
    sweepAfter(2_000);
    expect(told.map(([, error]) => (error as BrokerError).code).sort()).toEqual([
      'barrier_broken',
      'wait_timeout',
    ]);
    sweepAfter(2_000);
    expect(told).toHaveLength(2);
  });

  test('is told to nobody whose session has ended: not to its second party, either', () => {
    arrive(0, 'a');
    arrive(0, 'b');
    arrive(0, 'elsewhere', { name: 'other' });
    arrive(1, 'c', { name: 'other' });
    end(0);
    expect(told.map(([test]) => test)).toEqual(['c']);
    expect(isEmpty()).toBe(true);
  });

  test('is none for one that may not wait: it is refused, and the others wait on', () => {
    arrive(0, 'a');
    expect(refusal(1, 'b', { timeoutMs: 0 })).toMatchObject({
      code: 'wait_timeout',
      details: { waitedMs: 0, missing: 1, arrived: [{ test: 'a' }, { test: 'b' }] },
    });
    arrive(1, 'c');
    arrive(2, 'd');
    expect(told.map(([test]) => test)).toEqual(['a', 'c', 'd']);
  });

  test('names ten parties, and counts the others', () => {
    for (let i = 0; i < 13; i++) arrive(0, `test ${i}`, { parties: 20 });
    const error = refusal(1, 'b', { parties: 20, timeoutMs: 0 });
    expect(error.details.arrived).toHaveLength(10);
    expect(error.message).toMatch(/test 'test 9', 0 ms ago\n {2}and 4 more\nSee/);
    end(0);
    for (let i = 0; i < 9; i++) arrive(1, `test ${i}`, { name: 'ten', parties: 20 });
    const ten = refusal(1, 'test 9', { name: 'ten', parties: 20, timeoutMs: 0 });
    expect(ten.message).toMatch(/test 'test 9', 0 ms ago\nSee/);
  });

  test('is none where the broker stood still: only its running time counts', () => {
    arrive(0, 'a', { timeoutMs: 1_000 });
    clock.stall(10_000);
    barriers.sweep();
    expect(told).toEqual([]);
  });
});

test('who waits for 5 s is told once who is there, and that it waits', () => {
  clock.advance(700);
  arrive(0, 'buys');
  clock.advance(1_000);
  arrive(1, 'sells');
  arrive(2, 'a', { name: 'other', parties: 2 });
  arrive(3, 'b', { name: 'other', parties: 2 });
  sweepAfter(3_999);
  expect(slow).toEqual([]);
  sweepAfter(1);
  sweepAfter(999);
  sweepAfter(9_000);
  expect(slow.map(([test]) => test)).toEqual(['buys', 'sells']);
  expect(slow[0]![1]).toBe(
    `Waiting at the barrier 'seed', for 5.0 s so far: 2 of 3 have arrived, 1 missing.
  vitest worker 0 (pid 4711), test 'buys', 5.0 s ago
  vitest worker 1 (pid 4712), test 'sells', 4.0 s ago`,
  );
});

describe('what those who have arrived hold, and others wait for,', () => {
  let leases: Leases;
  beforeEach(() => {
    const hooks = { check() {}, reset() {}, quarantined() {} };
    leases = new Leases(clock, DEFAULT_LIMITS, journal, hooks);
    leases.definePool('accounts', { values: ['ada', 'bob'] });
  });
  const lease = (by: number, test: string, wants: Want[]) =>
    leases.request(
      sessions[by]!,
      { wants, ttlMs: 90_000, timeoutMs: 30_000, purpose: { test } },
      { granted() {}, refused: (error) => told.push([test, error]) },
    );
  const lock = (name: string): Want => ({ kind: 'lock', name });
  const account = (name: string): Want => ({ kind: 'pool', name: 'accounts', where: name });

  test('is named while they wait, in the error of a timeout, and in that of a broken round', () => {
    lease(0, 'buys', [lock('db')]);
    arrive(0, 'buys', { parties: 2 });
    lease(1, 'sells', [lock('db')]);
    sweepAfter(6_000);
    const blocked =
      "vitest worker 1 (pid 4712), test 'sells' waits for lock 'db'; lock:db is held by vitest worker 0 (pid 4711), test 'buys', for 6.0 s";
    expect(slow[0]![1]).toBe(
      `Waiting at the barrier 'seed', for 6.0 s so far: 1 of 2 have arrived, 1 missing.
  vitest worker 0 (pid 4711), test 'buys', 6.0 s ago
  What they hold, others wait for, who may be the ones that are missing:
  ${blocked}`,
    );
    sweepAfter(60_000);
    expect(errorOf('buys')).toMatchObject({
      code: 'wait_timeout',
      details: { blocked: [{ lease: 'lock:db#1', worker: '1', test: 'sells' }] },
    });
    expect(errorOf('buys').message).toMatch(blocked.replace(/, for .*/, ''));
    arrive(0, 'buys');
    arrive(1, 'sells');
    barriers.cancel(sessions[1]!.arrivals[0]!);
    expect(told.at(-2)![1]).toMatchObject({
      code: 'barrier_broken',
      details: { blocked: [{ test: 'sells' }] },
    });
  });

  test('is only what would do for those who wait', () => {
    lease(0, 'buys', [account('ada')]);
    lease(1, 'sells', [account('bob')]);
    arrive(0, 'buys');
    lease(2, 'pays', [account('bob')]);
    expect(refusal(3, 'd', { timeoutMs: 0 }).details).not.toHaveProperty('blocked');
    lease(2, 'pays', [account('ada')]);
    expect(refusal(3, 'd', { timeoutMs: 0 }).details).toMatchObject({
      blocked: [{ lease: 'accounts#1', test: 'pays' }],
    });
  });

  test('is told once of each request, ten at most', () => {
    lease(0, 'buys', [lock('db'), lock('files')]);
    arrive(0, 'buys');
    const wait = (i: number) => lease(1, `test ${i}`, [lock('db'), lock('files')]);
    const blocked = () =>
      (refusal(3, 'd', { timeoutMs: 0 }).details.blocked as Purpose[]).map(({ test }) => test);
    for (const i of [0, 1]) wait(i);
    expect(blocked()).toEqual(['test 0', 'test 1']);
    for (let i = 2; i < 12; i++) wait(i);
    expect(blocked()).toEqual(Array.from({ length: 10 }, (_, i) => `test ${i}`));
  });

  test('is told to those others, too: their holder waits at a barrier', () => {
    lease(0, 'buys', [lock('db')]);
    arrive(0, 'buys');
    lease(1, 'sells', [lock('db')]);
    clock.advance(31_000);
    leases.sweep();
    expect(errorOf('sells').message).toMatch(
      "held by vitest worker 0 (pid 4711), test 'buys', for 31.0 s; it waits at the barrier 'seed'\n",
    );
  });
});

test('the journal tells of those who waited, and how each wait ended', () => {
  arrive(0, 'a');
  arrive(1, 'b', { timeoutMs: 1_000 });
  clock.advance(100);
  arrive(2, 'c');
  arrive(0, 'a');
  arrive(1, 'b');
  end(1);
  arrive(0, 'a');
  arrive(2, 'b', { timeoutMs: 1_000 });
  sweepAfter(1_100);
  arrive(0, 'a');
  arrive(2, 'b');
  barriers.cancel(sessions[2]!.arrivals[0]!);
  arrive(0, 'a');
  barriers.drain();
  const events = journal.events();
  expect(events[0]).toMatchObject({
    type: 'wait',
    pools: ['barrier:seed'],
    session: 0,
    purpose: { test: 'a' },
    ms: 0,
  });
  expect(
    events.flatMap((event) => (event.type === 'wait_end' ? `${event.ticket} ${event.reason}` : [])),
  ).toEqual([
    ...['1 passed', '2 passed'],
    ...['4 broken', '5 disconnected'],
    ...['6 broken', '7 timeout'],
    ...['8 broken', '9 cancelled'],
    '10 stopped',
  ]);
  expect(events.filter(({ type }) => type === 'wait')).toHaveLength(9);
});

test('at the cap of those who wait nobody new is taken, and who is there waits on', () => {
  for (let i = 0; i < 20; i++) arrive(0, 'a', { name: `name ${i}` });
  expect(refusal(1, 'b')).toMatchObject({ code: 'too_many', details: { maxWaiters: 20 } });
  expect(refusal(1, 'b').message).toMatch('20 parties wait at barriers already');
  expect(told).toEqual([]);
  end(0);
  arrive(1, 'b');
});

test('a broker that stops tells all who wait, and takes nobody any more', () => {
  arrive(0, 'a');
  arrive(1, 'b', { name: 'other' });
  barriers.drain();
  expect(told.map(([test, error]) => [test, (error as BrokerError).code])).toEqual([
    ['a', 'stopping'],
    ['b', 'stopping'],
  ]);
  expect(refusal(2, 'c').code).toBe('stopping');
  for (const session of sessions) expect(session.arrivals).toEqual([]);
});

test('an ended session arrives nowhere', () => {
  end(0);
  expect(refusal(0, 'a').code).toBe('closed');
  expect(isEmpty()).toBe(true);
});

test('any program: who arrives is told once, with all of its round or with none of it', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('arrive' as const),
        by: fc.nat(3),
        name: fc.constantFrom('x', 'y'),
        timeoutMs: fc.constantFrom(0, 1_000, 2_000),
      }),
    },
    fc.record({ do: fc.constantFrom('cancel' as const, 'end' as const), by: fc.nat(3) }),
    fc.record({ do: fc.constant('sweep' as const), by: fc.constantFrom(300, 1_100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const clock = new FakeClock();
      const barriers = new Barriers(clock, DEFAULT_LIMITS, new Journal(clock));
      const sessions = Array.from({ length: 4 }, (_, i) => new Session(i, {}));
      const answers: (number | BrokerError)[][] = [];
      /** Who waits, as numbers of arrivals, by name. */
      const model = { x: [] as number[], y: [] as number[] };
      const owners: number[] = [];
      const size = { x: 2, y: 3 };
      for (const each of steps) {
        if (each.do === 'sweep') {
          clock.advance(each.by);
          barriers.sweep();
        } else if (each.do === 'arrive') {
          if (sessions[each.by]!.ended) continue;
          const { name, timeoutMs } = each as { name: 'x' | 'y'; timeoutMs: number };
          const n = owners.push(each.by) - 1;
          const mine: (number | BrokerError)[] = [];
          answers.push(mine);
          const outcome = {
            passed: (place: number) => mine.push(place),
            refused: (error: BrokerError) => mine.push(error),
            slow: () => {},
          };
          try {
            const party = { name, parties: size[name], timeoutMs, purpose: {} };
            barriers.arrive(sessions[each.by]!, party, outcome);
            model[name].push(n);
          } catch (error) {
            mine.push(error as BrokerError);
          }
          if (model[name].length === size[name]) {
            expect(model[name].map((i) => answers[i])).toEqual(model[name].map((_, i) => [i]));
            model[name] = [];
          }
        } else {
          const session = sessions[each.by]!;
          if (each.do === 'cancel') {
            if (session.arrivals[0]) barriers.cancel(session.arrivals[0]);
          } else {
            session.ended = true;
            barriers.endSession(session);
          }
        }
        for (const name of ['x', 'y'] as const) {
          const round = model[name];
          const over = round.filter((i) => answers[i]!.length > 0 || sessions[owners[i]!]!.ended);
          if (over.length === 0) continue;
          expect(over).toEqual(round);
          model[name] = [];
        }
      }
      for (const mine of answers) expect(mine.length).toBeLessThanOrEqual(1);
      const waiting = sessions.flatMap(({ arrivals }) => arrivals).length;
      expect(waiting).toBe(model.x.length + model.y.length);
    }),
    { numRuns: RUNS },
  );
});

test('those at which somebody waits are listed', () => {
  arrive(0, 'a');
  arrive(1, 'b');
  arrive(2, 'c', { name: 'other', parties: 2 });
  expect(barriers.all()).toEqual([
    { name: 'seed', parties: 3, arrived: 2 },
    { name: 'other', parties: 2, arrived: 1 },
  ]);
  arrive(3, 'd');
  expect(barriers.all()).toEqual([{ name: 'other', parties: 2, arrived: 1 }]);
});
