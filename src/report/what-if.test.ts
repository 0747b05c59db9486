import { describe, expect, test } from 'vitest';
import type { JournalEvent } from '../core/journal.ts';
import { timelineWith } from './timeline.fixture.ts';
import { timelineOf } from './timeline.ts';
import { whatIf } from './what-if.ts';

type Act = { ms: number; then: () => void };

/**
 * A run of `workers` workers that take files from one queue: each thinks, holds one of the pool, and
 * ends. Its journal is that of a broker which serves in the order of arrival.
 */
function run({
  files,
  workers = 4,
  size = 1,
  thinkMs = 0,
  holdMs = 100,
  isolated = true,
}: {
  files: number;
  workers?: number;
  size?: number;
  thinkMs?: number;
  holdMs?: number;
  isolated?: boolean;
}) {
  const events: JournalEvent[] = [];
  const acts: Act[] = [];
  const queue: (() => void)[] = [];
  const free = Array.from({ length: size }, (_, i) => i);
  let now = 0;
  let sessions = 0;
  let tickets = 0;
  let next = 0;
  const tell = (event: object) => events.push({ ...event, at: now, ms: now } as JournalEvent);
  const later = (ms: number, then: () => void) => acts.push({ ms: now + ms, then });
  const join = (worker: number) => {
    const session = ++sessions;
    tell({ type: 'session', session, identity: { runner: 'vitest', worker: `${worker}` } });
    return session;
  };
  const work = (worker: number, own?: number) => {
    if (next >= files) return;
    const purpose = { file: `${next++}.test.ts`, test: 'works' };
    const session = own ?? join(worker);
    later(thinkMs, () => {
      const ticket = ++tickets;
      const since = now;
      const take = () => {
        const resource = free.shift()!;
        const lease = `accounts#${ticket}`;
        const resources = [{ pool: 'accounts', resource }];
        tell({ type: 'grant', ticket, lease, resources, session, purpose, waitedMs: now - since });
        later(holdMs, () => {
          tell({ type: 'end', lease, reason: 'released', heldMs: holdMs });
          if (isolated) tell({ type: 'session_end', session });
          free.push(resource);
          queue.shift()?.();
          work(worker, isolated ? undefined : session);
        });
      };
      if (free.length > 0) return take();
      tell({ type: 'wait', ticket, pools: ['accounts'], session, purpose });
      queue.push(take);
    });
  };
  for (let worker = 1; worker <= workers; worker++)
    work(worker, isolated ? undefined : join(worker));
  while (acts.length > 0) {
    const due = acts.reduce((first, each) => (each.ms < first.ms ? each : first));
    acts.splice(acts.indexOf(due), 1);
    now = due.ms;
    due.then();
  }
  return timelineOf({ events, pools: [{ name: 'accounts', size }] });
}

const predicted = (timeline: ReturnType<typeof run>) => {
  const { predictions } = whatIf(timeline)[0]!;
  return (size: number) => predictions.find((each) => each.size === size)?.runMs;
};

describe.each([true, false])('workers with a process for each file: %s', (isolated) => {
  test.each([
    [{ files: 12, thinkMs: 30, holdMs: 100 }],
    [{ files: 17, thinkMs: 100, holdMs: 20 }],
    [{ files: 7, thinkMs: 1, holdMs: 50, workers: 8 }],
    [{ files: 3, thinkMs: 5, holdMs: 50, workers: 1 }],
  ])('a run of %o is foretold for other sizes as it goes with them', (shape) => {
    for (const size of [1, 2, 3, 5]) {
      const foretold = predicted(run({ ...shape, isolated, size }));
      for (const other of [1, 2, 3, 4, 6, 8]) {
        expect(foretold(other)).toBeCloseTo(run({ ...shape, isolated, size: other }).to, 6);
      }
    }
  });
});

test('a worker that waits less takes more files', () => {
  // One account: each file is 100 ms. With two, the four workers keep both busy.
  const timeline = run({ files: 40, workers: 4 });
  expect(timeline.to).toBe(4000);
  expect(predicted(timeline)(2)).toBe(2000);
});

test('says how many more would have helped, and that yet another would not', () => {
  const [told] = whatIf(run({ files: 40, workers: 4 }));
  expect(told).toMatchObject({
    saves: true,
    sentence: 'accounts: 3 more would have saved about 3.0 s of 4.0 s; a 4th nothing',
  });
});

test('says that more would not have helped, and how many could go', () => {
  const [told] = whatIf(run({ files: 8, workers: 2, size: 5 }));
  expect(told).toMatchObject({
    saves: false,
    sentence: 'accounts: more would have saved nothing, and 3 fewer would have cost nothing',
  });
});

test('goes 8 up and 8 down, never below one', () => {
  const sizes = (size: number) =>
    whatIf(run({ files: 4, size }))[0]!.predictions.map((each) => each.size);
  expect(sizes(3)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(sizes(20)).toHaveLength(17);
});

test('a run that would never end with fewer has no time', () => {
  const at = (ms: number) => ({ at: ms, ms });
  const resources = [0, 1].map((resource) => ({ pool: 'accounts', resource }));
  const events: JournalEvent[] = [
    { type: 'session', session: 1, identity: {}, ...at(0) },
    {
      type: 'grant',
      ticket: 1,
      lease: 'a#1',
      resources,
      session: 1,
      purpose: {},
      waitedMs: 0,
      ...at(5),
    },
    { type: 'end', lease: 'a#1', reason: 'released', heldMs: 5, ...at(10) },
  ];
  const [told] = whatIf(timelineOf({ events, pools: [{ name: 'accounts', size: 2 }] }));
  expect(told!.predictions.slice(0, 3)).toEqual([
    { size: 1, runMs: undefined },
    { size: 2, runMs: 10 },
    { size: 3, runMs: 10 },
  ]);
});

test('the time that resources are on their way back counts', () => {
  const had = [
    { worker: '1', from: 0, to: 10 },
    { worker: '2', asked: 0, from: 90, to: 100 },
  ];
  const back = { pool: 'accounts', resource: 0, state: 'cooling' as const, from: 10, to: 90 };
  const [told] = whatIf(timelineWith(had, { accounts: 1 }, { absences: [back] }));
  expect(told!.predictions.slice(0, 2)).toEqual([
    { size: 1, runMs: 100 },
    { size: 2, runMs: 10 },
  ]);
});

test('of a journal that has lost its start, nothing is foretold', () => {
  const timeline = run({ files: 12 });
  expect(whatIf(timeline)).toHaveLength(1);
  expect(whatIf({ ...timeline, truncated: true })).toEqual([]);
});

describe('where the machine was the bottleneck', () => {
  const slowed = (own: number) => ({
    ...run({ files: 40, workers: 4, size: 2 }),
    machine: { processors: 2, own, others: 0 },
  });

  test('more that are at work at once are slower, and fewer faster', () => {
    const foretold = predicted(slowed(2));
    // Two were at work, and a processor each: more of them have no more of those.
    expect(foretold(2)).toBe(2000);
    expect(foretold(4)).toBeCloseTo(2000, -2);
    expect(foretold(1)).toBeCloseTo(4000, -2);
  });

  test('as busy as it was not, more save what they save', () => {
    const foretold = predicted(slowed(0.1));
    expect(foretold(4)).toBeCloseTo(1000, -1);
  });

  test('the run as it was takes as long as it took', () => {
    for (const own of [0.1, 1, 1.5, 2]) expect(predicted(slowed(own))(2)).toBe(2000);
  });
});

test('more of what nobody waits for changes nothing', () => {
  const foretold = predicted(run({ files: 12, workers: 3 }));
  expect(foretold(3)).toBeLessThan(foretold(2)!);
  for (const size of [4, 5, 9]) expect(foretold(size)).toBe(foretold(3));
});

test('a pool of one is told with more alone', () => {
  const [told] = whatIf(run({ files: 4, workers: 1 }));
  expect(told!.predictions[0]).toEqual({ size: 1, runMs: 400 });
  expect(told!.sentence).toBe('accounts: more would have saved nothing');
});

describe('at the end of a run', () => {
  /** One worker has so many leases, each for a millisecond, of two pools in turn. */
  const many = (count: number) => {
    const had = Array.from({ length: count }, (_, i) => ({
      ...{ worker: '1', from: i, to: i + 1, of: [i % 2 === 0 ? 'a' : 'b'] },
    }));
    return timelineWith(had, { a: 1, b: 1 });
  };
  test('nothing is foretold of a short run with so many leases that it would take too long', () => {
    const timeline = many(7_000);
    expect(whatIf(timeline)).toEqual([]);
    expect(whatIf({ ...timeline, to: 200_000 })).toHaveLength(2);
  });

  test('those that are asked for first are told where there is no time for all', () => {
    const told = (mostMs: number, ...names: string[]) =>
      whatIf(many(40), new Set(names), mostMs).map(({ pool }) => pool);
    expect(told(2, 'b', 'a')).toEqual(['b', 'a']);
    expect(told(1.5, 'a', 'b')).toEqual(['a']);
    expect(told(1.5, 'b', 'a')).toEqual(['b']);
    expect(told(1, 'b', 'a')).toEqual([]);
  });
});

test('waits for limits and at barriers take as long as they took, whatever the sizes of pools', () => {
  const of = { session: 1, purpose: { test: 'buys', file: 'shop.test.ts' } };
  const resources = [{ pool: 'accounts', resource: 0 }];
  const at = (ms: number, event: object) => ({ ...event, at: ms, ms }) as JournalEvent;
  const events = [
    at(0, { type: 'session', session: 1, identity: { runner: 'vitest', worker: '1' } }),
    at(0, { type: 'wait', ticket: 1, pools: ['limit:api'], ...of }),
    at(800, { type: 'wait_end', ticket: 1, reason: 'passed', inMs: 200 }),
    at(1_000, { type: 'wait', ticket: 2, pools: ['barrier:seed'], ...of }),
    at(2_000, { type: 'wait_end', ticket: 2, reason: 'broken' }),
    at(2_000, { type: 'grant', ticket: 3, lease: 'accounts#1', resources, waitedMs: 0, ...of }),
    at(2_500, { type: 'end', lease: 'accounts#1', reason: 'released', heldMs: 500 }),
    at(2_500, { type: 'session_end', session: 1 }),
  ];
  const [accounts, ...others] = whatIf(
    timelineOf({ events, pools: [{ name: 'accounts', size: 1 }] }),
  );
  expect(accounts!.predictions.map(({ runMs }) => runMs)).toEqual(Array(9).fill(2_500));
  expect(others).toEqual([]);
});
