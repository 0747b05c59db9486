import { expect, test } from 'vitest';
import { summaryOf } from './summary.ts';
import type { LeaseSpan, PoolUse, Timeline, WaitSpan } from './timeline.ts';

const actor = (test?: string) => ({
  session: 1,
  identity: { runner: 'vitest', worker: '3', pid: 7 },
  purpose: test === undefined ? {} : { test },
});
const wait = (
  from: number,
  to: number,
  more: Partial<WaitSpan> & { test?: string } = {},
): WaitSpan => ({
  ...actor(more.test),
  ticket: 1,
  pools: ['accounts'],
  from,
  to,
  outcome: 'granted',
  ...more,
});
const lease = (from: number, to: number, test?: string): LeaseSpan => ({
  ...actor(test),
  lease: 'accounts#1',
  ticket: 1,
  pool: 'accounts',
  resource: 0,
  waitedMs: 0,
  heldMs: to - from,
  why: undefined,
  from,
  to,
  end: 'released',
});
const timeline = (more: Partial<Timeline>): Timeline => ({
  from: 0,
  to: 60_000,
  startedAt: 0,
  truncated: false,
  machine: undefined,
  pools: [{ name: 'accounts', kind: 'pool', size: 2, lanes: [0, 1], peak: 2 }],
  leases: [],
  waits: [],
  absences: [],
  sessions: [{ session: 1, identity: actor().identity, from: 0, to: 60_000 }],
  ...more,
});

test('a run in which nobody waited for long has no summary', () => {
  expect(summaryOf(timeline({}), 80)).toEqual([]);
  expect(summaryOf(timeline({ waits: [wait(0, 400), wait(0, 599)] }), 80)).toEqual([]);
});

test('a summary tells of each pool how long it was waited for, by whom longest, and who held it longest', () => {
  const waits = [
    wait(0, 4_000, { test: 'buys' }),
    wait(0, 1_000),
    wait(0, 500, { outcome: 'timeout' }),
  ];
  const leases = [lease(0, 1_000, 'sells'), lease(0, 9_000)];
  expect(summaryOf(timeline({ waits, leases }), 80)).toEqual([
    'ephemeral-broker: waits of this run (1 min 0 s)',
    '  accounts: 5.5 s in 3 waits, 1 of them in vain, 2 of 2 in use at most',
    "    longest: 4.0 s, 'buys'",
    '    held longest: 9.0 s, vitest worker 3 (pid 7)',
    '    accounts: more would have saved nothing',
  ]);
});

test('pools come in the order of what was waited for them, those that were not left out', () => {
  const pools = ['a', 'b', 'c'].map(
    (name) => ({ name, kind: 'lock', size: 1, lanes: [0], peak: 1 }) as PoolUse,
  );
  const waits = [wait(0, 2_000, { pools: ['a'] }), wait(0, 3_000, { pools: ['b'] })];
  const lines = summaryOf(timeline({ pools, waits }), 80);
  expect(lines.filter((line) => /^ {2}\w/.test(line))).toEqual([
    '  b: 3.0 s in 1 wait',
    '  a: 2.0 s in 1 wait',
  ]);
});

test('a wait for several pools counts for each of them', () => {
  const pools = ['a', 'b'].map(
    (name) => ({ name, kind: 'lock', size: 1, lanes: [0], peak: 1 }) as PoolUse,
  );
  const lines = summaryOf(timeline({ pools, waits: [wait(0, 2_000, { pools: ['a', 'b'] })] }), 80);
  expect(lines.join('\n')).toMatch(/a: 2\.0 s.*b: 2\.0 s/s);
});

test('limits and barriers are told as what was waited for, and who has passed has not waited in vain', () => {
  const pools = (['limit:api', 'barrier:seed'] as const).map(
    (name, i) =>
      ({ name, kind: i === 0 ? 'limit' : 'barrier', size: 0, lanes: [], peak: 0 }) as PoolUse,
  );
  const waits = [
    wait(0, 40_000, { pools: ['limit:api'], outcome: 'passed', test: 'buys' }),
    wait(0, 2_000, { pools: ['barrier:seed'], outcome: 'passed' }),
    wait(0, 1_000, { pools: ['barrier:seed'], outcome: 'broken' }),
  ];
  expect(summaryOf(timeline({ pools, waits }), 80).slice(1)).toEqual([
    '  limit:api: 40.0 s in 1 wait',
    "    longest: 40.0 s, 'buys'",
    '  barrier:seed: 3.0 s in 2 waits, 1 of them in vain',
    '    longest: 2.0 s, vitest worker 3 (pid 7)',
  ]);
});

test('more pools than fit are counted', () => {
  const names = Array.from({ length: 12 }, (_, i) => `lock:${i}`);
  const pools = names.map(
    (name) => ({ name, kind: 'lock', size: 1, lanes: [0], peak: 1 }) as PoolUse,
  );
  const waits = names.map((name) => wait(0, 2_000, { pools: [name] }));
  expect(summaryOf(timeline({ pools, waits }), 80).at(-1)).toBe('  … and 4 more');
});

test('lines are broken where the terminal ends', () => {
  const lines = summaryOf(
    timeline({ waits: [wait(0, 4_000, { test: 'buys a book and a pen' })] }),
    40,
  );
  expect(lines).toEqual([
    'ephemeral-broker: waits of this run (1',
    '  min 0 s)',
    '  accounts: 4.0 s in 1 wait, 2 of 2 in',
    '    use at most',
    "    longest: 4.0 s, 'buys a book and a",
    "      pen'",
    '    accounts: more would have saved',
    '      nothing, and 1 fewer would have',
    '      cost nothing',
  ]);
});

test('names cannot drive the terminal, or begin lines', () => {
  const lines = summaryOf(timeline({ waits: [wait(0, 4_000, { test: '\u001b[31m\nok' })] }), 80);
  expect(lines[2]).toBe("    longest: 4.0 s, '�[31m�ok'");
});
