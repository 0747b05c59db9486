import { describe, expect, test } from 'vitest';
import { replay } from './replay.ts';
import { type Had, timelineWith } from './timeline.fixture.ts';
import { workloadOf } from './workload.ts';

/** How long the run takes with pools of these sizes, in their order. */
const msWith = (had: Had[], sizes: Record<string, number>, others: number[]) =>
  replay(workloadOf(timelineWith(had, sizes)), others)?.ms;

/** Two workers with an account for 10 ms each, one after the other. */
const PAIR: Had[] = [
  { worker: '1', file: 'a', from: 0, to: 10 },
  { worker: '2', file: 'b', asked: 5, from: 10, to: 20 },
];

test('who waited gets it when it is free: at once, where there is enough', () => {
  expect(msWith(PAIR, { accounts: 1 }, [1])).toBe(20);
  expect(msWith(PAIR, { accounts: 1 }, [2])).toBe(15);
});

test('a run that could never end has no time', () => {
  const both: Had[] = [{ worker: '1', of: ['accounts', 'accounts'], from: 0, to: 10 }];
  expect(msWith(both, { accounts: 2 }, [2])).toBe(10);
  expect(msWith(both, { accounts: 2 }, [1])).toBeUndefined();
});

test('what an older one waits for is not for a younger one, though that would do with less', () => {
  const had: Had[] = [
    { worker: '1', from: 0, to: 10 },
    { worker: '2', asked: 1, of: ['accounts', 'accounts'], from: 10, to: 20 },
    { worker: '3', asked: 2, from: 20, to: 30 },
  ];
  expect(msWith(had, { accounts: 2 }, [2])).toBe(30);
  expect(msWith(had, { accounts: 2 }, [3])).toBe(20);
});

test('what an older one waits for of one pool is kept for it in the other, too', () => {
  const had: Had[] = [
    { worker: '1', of: ['tenants'], from: 0, to: 10 },
    { worker: '2', asked: 1, of: ['accounts', 'tenants'], from: 10, to: 20 },
    { worker: '3', asked: 2, of: ['accounts'], from: 20, to: 30 },
  ];
  expect(msWith(had, { accounts: 1, tenants: 1 }, [1, 1])).toBe(30);
  expect(msWith(had, { accounts: 1, tenants: 1 }, [2, 1])).toBe(20);
  expect(msWith(had, { accounts: 1, tenants: 1 }, [1, 2])).toBe(21);
});

test('one release serves all for whom it is enough', () => {
  const had: Had[] = [
    { worker: '1', of: ['accounts', 'accounts'], from: 0, to: 10 },
    { worker: '2', asked: 1, from: 10, to: 20 },
    { worker: '3', asked: 2, from: 10, to: 20 },
  ];
  expect(msWith(had, { accounts: 2 }, [2])).toBe(20);
});

test('a lease that lasts as long as its worker ends when no file is left for that', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', from: 0 },
    { worker: '1', file: 'b', of: ['tenants'], from: 20, to: 30 },
    { worker: '2', file: 'c', asked: 1, from: 30, to: 40 },
  ];
  expect(msWith(had, { accounts: 1, tenants: 1 }, [1, 1])).toBe(40);
});

test('of slots there are always enough', () => {
  const had: Had[] = PAIR.map((each) => ({ ...each, of: ['slot:db'] }));
  expect(msWith(had, { 'slot:db': 1 }, [1])).toBe(15);
});

test('who waits for a result has it when who makes it is done', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', of: ['once:token'], from: 10, to: 50 },
    { worker: '2', file: 'b', of: ['once:token'], asked: 20, from: 50, outcome: 'answered' },
    { worker: '2', file: 'b', test: 'buys', of: ['accounts'], from: 60, to: 70 },
  ];
  expect(msWith(had, { 'once:token': 1, accounts: 1 }, [1, 1])).toBe(70);
});

test('a resource on its way back is for nobody', () => {
  const timeline = timelineWith(PAIR.map((each) => ({ ...each })));
  timeline.absences.push({ pool: 'accounts', resource: 0, state: 'cooling', from: 10, to: 17 });
  expect(replay(workloadOf(timeline), [1])!.ms).toBe(27);
});

test('tells which pools somebody had to wait for', () => {
  const workload = workloadOf(timelineWith(PAIR, { accounts: 1, tenants: 1 }));
  expect(replay(workload, [1, 1])!.waitedFor).toEqual([true, false]);
  expect(replay(workload, [2, 1])!.waitedFor).toEqual([false, false]);
});

test('tells how many were at work, for how long, since the first had come: who waits is not', () => {
  const timeline = timelineWith(PAIR);
  expect(replay(workloadOf(timeline), [1])!.atWorkMs).toEqual([0, 15, 5]);
  for (const session of timeline.sessions) session.from = 3;
  expect(replay(workloadOf(timeline), [1])!.atWorkMs).toEqual([0, 15, 2]);
});

describe('told by another clock', () => {
  const half = (atWork: number) => (atWork > 1 ? 0.5 : 1);
  const workload = workloadOf(timelineWith(PAIR));

  test('time goes by its pace, by how many are at work', () => {
    // 5 ms of two workers, 5 of one who holds while the other waits, 10 of the other.
    expect(replay(workload, [1], half)!.ms).toBe(17.5);
    expect(replay(workload, [2], half)!.ms).toBe(10);
  });

  test('and back again, each step takes what it took', () => {
    const { tookMs } = replay(workload, [1], half)!;
    const double = (atWork: number) => 1 / half(atWork);
    expect(replay(workload, [1], double, tookMs)!.ms).toBe(20);
    // 10 ms of two at once, where each alone took 7.5 and 12.5.
    expect(replay(workload, [2], double, tookMs)!.ms).toBe(20);
  });
});
