import { expect, test } from 'vitest';
import { FakeClock } from '../core/fake-clock.ts';
import { Journal, type JournalEvent } from '../core/journal.ts';
import { Leases } from '../core/leases.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { pageData } from './page-data.ts';
import { timelineOf } from './timeline.ts';

const NOTHING = { granted() {}, refused() {} };

/** What really happens in a broker with a pool of two, told by its journal. */
function house(capacity?: number) {
  const clock = new FakeClock();
  const journal = new Journal(clock, capacity);
  let cleaned = () => {};
  const leases = new Leases(clock, DEFAULT_LIMITS, journal, {
    check: (_, answer) => answer(true),
    reset: (_, __, answer) => {
      cleaned = () => answer(true);
    },
    quarantined() {},
  });
  leases.definePool('accounts', { values: ['ada', 'bob'], reset: true });
  const ask = (session: ReturnType<Leases['openSession']>, test: string, timeoutMs = 60_000) => {
    let id = '';
    const wish = {
      wants: [{ kind: 'pool' as const, name: 'accounts' }],
      ttlMs: 60_000,
      timeoutMs,
      purpose: { test, file: 'shop.test.ts' },
    };
    leases.request(session, wish, { ...NOTHING, granted: (lease) => (id = lease.id) });
    return () => leases.release(session, id);
  };
  const pools = [{ name: 'accounts', size: 2 }];
  const timeline = () =>
    timelineOf({ events: journal.events(), pools, sessions: journal.sessions() });
  return { clock, leases, ask, timeline, cleaned: () => cleaned() };
}

test('tells who had what from when to when, who waited, and how full the pool was', () => {
  const { clock, leases, ask, timeline, cleaned } = house();
  const [a, b] = [leases.openSession({ worker: '1' }), leases.openSession({ worker: '2' })];
  clock.advance(10);
  const releaseBuys = ask(a, 'buys');
  ask(b, 'sells');
  clock.advance(10);
  ask(a, 'browses');
  clock.advance(30);
  releaseBuys();
  clock.advance(5);
  cleaned();
  clock.advance(45);
  leases.endSession(b);
  const { from, to, startedAt, truncated, pools, leases: spans, waits, absences } = timeline();
  expect({ from, to, startedAt, truncated }).toEqual({
    from: 0,
    to: 100,
    startedAt: clock.wallMs - 100,
    truncated: false,
  });
  expect(pools).toEqual([{ name: 'accounts', kind: 'pool', size: 2, lanes: [0, 1], peak: 2 }]);
  const purpose = { test: 'buys', file: 'shop.test.ts' };
  expect(spans[0]).toMatchObject({ session: 1, identity: { worker: '1' }, purpose, ticket: 1 });
  expect(
    spans.map(({ purpose, from, to, waitedMs, end }) => [purpose.test, from, to, waitedMs, end]),
  ).toEqual([
    ['buys', 10, 50, 0, 'released'],
    ['sells', 10, 100, 0, 'disconnected'],
    ['browses', 55, 100, 35, undefined],
  ]);
  expect(waits).toMatchObject([
    { ticket: 3, pools: ['accounts'], session: 1, from: 20, to: 55, outcome: 'granted' },
  ]);
  expect(absences).toMatchObject([
    { resource: 0, state: 'resetting', from: 50, to: 55 },
    { resource: 1, state: 'resetting', from: 100, to: 100 },
  ]);
});

test('tells how a wait ended that brought nothing', () => {
  const { clock, leases, ask, timeline } = house();
  const session = leases.openSession({});
  for (const test of ['buys', 'sells']) ask(session, test);
  ask(session, 'browses', 100);
  clock.advance(200);
  leases.sweep();
  expect(timeline().waits).toMatchObject([{ from: 0, to: 200, outcome: 'timeout' }]);
});

test('a journal that has lost its beginning is told as such, and gives what is left', () => {
  const { clock, leases, ask, timeline } = house(2);
  const session = leases.openSession({});
  ask(session, 'buys');
  clock.advance(10);
  ask(session, 'sells')();
  expect(timeline()).toMatchObject({ truncated: true, from: 10, to: 10, leases: [] });
});

test('a journal that has lost its beginning still tells who had what', () => {
  const identity = { runner: 'vitest', worker: '3' };
  const { leases, ask, timeline } = house(2);
  const session = leases.openSession(identity);
  ask(session, 'buys');
  ask(session, 'sells');
  expect(timeline().leases).toMatchObject([{ identity }, { identity }]);
});

test('a journal of nothing is a run of nothing, with the pools that there were', () => {
  expect(timelineOf({ events: [], pools: [{ name: 'p', size: 1 }] })).toMatchObject({
    from: 0,
    to: 0,
    truncated: false,
    pools: [{ name: 'p', size: 1, lanes: [0], peak: 0 }],
  });
});

const waited = (place: string, from: number, end: object): JournalEvent[] => [
  { type: 'session', session: 1, identity: {}, at: 0, ms: 0 },
  { type: 'wait', ticket: 1, pools: [place], session: 1, purpose: {}, at: from, ms: from },
  { type: 'wait_end', ticket: 1, ...end } as JournalEvent,
];

test('who waits for a limit does so until its pass, though that was told ahead, and holds nothing', () => {
  const end = { reason: 'passed', inMs: 150, at: 800, ms: 800 };
  const gone = { type: 'session_end' as const, session: 1, at: 2_000, ms: 2_000 };
  const events = [...waited('limit:api', 100, end), gone];
  const { pools, waits } = timelineOf({ events, pools: [] });
  expect(pools).toEqual([{ name: 'limit:api', kind: 'limit', size: 0, lanes: [], peak: 0 }]);
  expect(waits).toMatchObject([{ from: 100, to: 950, outcome: 'passed', pools: ['limit:api'] }]);
});

test('a run that ends before the pass ends the wait', () => {
  const events = waited('limit:api', 100, { reason: 'passed', inMs: 150, at: 800, ms: 800 });
  expect(timelineOf({ events, pools: [] }).waits).toMatchObject([{ to: 800, outcome: 'passed' }]);
});

test('on the page, what is never held has no lanes', () => {
  const events = waited('barrier:seed', 100, { reason: 'broken', at: 800, ms: 800 });
  const pools = [{ name: 'accounts', size: 2 }];
  const journal = {
    events,
    pools,
    version: '1',
    shard: undefined,
    machine: undefined,
    sessions: [],
    cutOff: false,
  };
  const page = pageData(journal, timelineOf(journal), []);
  expect(page).toMatchObject({
    pools: [{ name: 'accounts', size: 2 }, { name: 'barrier:seed' }],
    waits: [{ pools: ['barrier:seed'], from: 100, to: 800, reason: 'broken' }],
  });
  expect(page.pools[1]).not.toHaveProperty('size');
});

test('a lock or a slot is a pool of as many as were held at once', () => {
  const grant = (lease: string, pool: string, resource: number) => ({
    ...{ type: 'grant' as const, lease, ticket: 1, session: 1, purpose: {}, waitedMs: 0 },
    ...{ resources: [{ pool, resource }], at: 0, ms: 0 },
  });
  const events = [grant('a', 'slot:db', 0), grant('b', 'slot:db', 1), grant('c', 'lock:x', 0)];
  expect(timelineOf({ events, pools: [] }).pools).toEqual([
    { name: 'slot:db', kind: 'slot', size: 2, lanes: [0, 1], peak: 2 },
    { name: 'lock:x', kind: 'lock', size: 1, lanes: [0], peak: 1 },
  ]);
});
