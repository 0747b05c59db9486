import { describe, expect, test } from 'vitest';
import { type Had, timelineWith } from './timeline.fixture.ts';
import { workloadOf } from './workload.ts';

const SIZES = { accounts: 2, tenants: 2 };

/** What each job of each crew does, and how long after what came before. */
const jobsOf = (...given: Parameters<typeof timelineWith>) =>
  workloadOf(timelineWith(...given)).crews.map(({ workers, jobs }) => ({
    workers,
    jobs: jobs.map(({ steps }) => steps.map(({ does, delayMs }) => `${does} ${delayMs}`).join()),
  }));

test('keeps the time between what a test does, and leaves out how long it waited', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', test: 'buys', asked: 10, from: 50, to: 70 },
    { worker: '1', file: 'a', test: 'sells', from: 75, to: 80 },
  ];
  expect(jobsOf(had)).toEqual([
    {
      workers: 1,
      jobs: ['request 10,granted 0,release 20,request 5,granted 0,release 5'],
    },
  ]);
});

test('workers of a runner take its files from one queue, in the order in which the run began them', () => {
  const had: Had[] = [
    { worker: '2', file: 'b', from: 1, to: 3 },
    { worker: '1', file: 'a', from: 2, to: 20 },
    { worker: '2', file: 'c', from: 5, to: 6 },
    { worker: '1', file: 'd', from: 21, to: 22 },
    { worker: '2', file: 'e', from: 23, to: 24 },
  ];
  const first = (timeline: Had[]) => jobsOf(timeline)[0]!.jobs.map((job) => job.split(',')[0]);
  expect(jobsOf(had)).toMatchObject([{ workers: 2 }]);
  // Files begin when the one before of their worker ends: at 0, 0, 3, 6 and 20.
  expect(first(had)).toEqual(['request 1', 'request 2', 'request 2', 'request 17', 'request 1']);
});

test('a client of no runner is alone with what it did', () => {
  expect(
    jobsOf([
      { from: 1, to: 2 },
      { from: 3, to: 4 },
    ]),
  ).toMatchObject([{ workers: 1 }, { workers: 1 }]);
});

test('a file of which several workers had parts at once is handed out by test', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', test: 'buys', from: 0, to: 10 },
    { worker: '2', file: 'a', test: 'sells', from: 1, to: 10 },
    { worker: '1', file: 'a', test: 'browses', from: 11, to: 12 },
  ];
  expect(jobsOf(had)[0]!.jobs).toHaveLength(3);
  const later = had.map((each, i) => (i === 1 ? { ...each, from: 20, to: 21 } : each));
  expect(jobsOf(later)[0]!.jobs).toHaveLength(2);
});

test('where each file has a process of its own, it takes until that ends', () => {
  const had: Had[] = [
    { worker: '1', session: 1, file: 'a', from: 5, to: 10 },
    { worker: '1', session: 2, file: 'b', from: 30, to: 40 },
  ];
  const timeline = timelineWith(had);
  timeline.sessions[0]!.to = 17;
  const [first, second] = workloadOf(timeline).crews[0]!.jobs;
  expect(first!.steps.at(-1)).toMatchObject({ does: 'think', delayMs: 7 });
  expect(second!.steps[0]).toMatchObject({ does: 'request', delayMs: 13 });
});

describe('in one file', () => {
  test('tests that overlapped stay side by side', () => {
    const had: Had[] = [
      { worker: '1', file: 'a', test: 'buys', from: 2, to: 10 },
      { worker: '1', file: 'a', test: 'sells', from: 3, to: 20 },
    ];
    const [job] = workloadOf(timelineWith(had)).crews[0]!.jobs;
    expect(job!.first.map(({ does, delayMs }) => [does, delayMs])).toEqual([
      ['request', 2],
      ['request', 3],
    ]);
  });

  test('a test that began after another had ended comes after it', () => {
    const had: Had[] = [
      { worker: '1', file: 'a', test: 'buys', from: 2, to: 10 },
      { worker: '1', file: 'a', test: 'sells', from: 12, to: 20 },
    ];
    const [job] = workloadOf(timelineWith(had)).crews[0]!.jobs;
    expect(job!.first).toHaveLength(1);
    expect(job!.steps[2]!.next.map(({ does }) => does)).toEqual(['request']);
  });

  test('what it has for all its tests comes before them, and ends after them', () => {
    const had: Had[] = [
      { worker: '1', file: 'a', from: 1, to: 30 },
      { worker: '1', file: 'a', test: 'buys', of: ['tenants'], from: 5, to: 20 },
    ];
    const [job] = workloadOf(timelineWith(had, SIZES)).crews[0]!.jobs;
    const [, all, own, , ended, last] = job!.steps;
    expect(all!.next).toContain(own);
    expect(ended!.next).toContain(last);
    expect(last).toMatchObject({ does: 'release', delayMs: 10 });
  });
});

test('a wait that brought nothing takes as long as it took', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', test: 'buys', asked: 10, from: 50, outcome: 'timeout' },
  ];
  expect(jobsOf(had)[0]!.jobs).toEqual(['think 10,think 40']);
});

test('a wait that another’s result ended takes as long as that does', () => {
  const had: Had[] = [
    { worker: '1', file: 'a', test: 'buys', asked: 10, from: 50, outcome: 'answered' },
  ];
  expect(jobsOf(had)[0]!.jobs).toEqual(['request 10,answered 0']);
});

describe('a lease', () => {
  const demandOf = (...given: Parameters<typeof timelineWith>) =>
    workloadOf(timelineWith(...given)).crews[0]!.jobs[0]!.steps[0]!.demand!;

  test('of several things is of so many of each pool', () => {
    const of = ['accounts', 'tenants', 'accounts'];
    expect(demandOf([{ worker: '1', from: 1, to: 2, of }], SIZES).needs).toMatchObject([
      { pool: 0, count: 2 },
      { pool: 1, count: 1 },
    ]);
  });

  test('that was kept beyond its file, or for good, ends with its worker', () => {
    const next: Had = { worker: '1', file: 'b', of: ['tenants'], from: 20, to: 21 };
    const first = (to?: number): Had => ({ worker: '1', file: 'a', from: 1, ...(to && { to }) });
    expect(demandOf([first(19), next], SIZES).lasting).toBe(false);
    expect(demandOf([first(21), next], SIZES).lasting).toBe(true);
    expect(demandOf([first(), next], SIZES).lasting).toBe(true);
  });

  test('keeps its resource from the others until that is back, or for good', () => {
    const had: Had[] = [{ worker: '1', from: 1, to: 5 }];
    const absent = (state: 'cooling' | 'retired') =>
      demandOf(had, undefined, {
        absences: [{ pool: 'accounts', resource: 0, state, from: 5, to: 25 }],
      }).needs[0];
    expect(absent('cooling')).toMatchObject({ delayMs: 20, lost: 0 });
    expect(absent('retired')).toMatchObject({ delayMs: 0, lost: 1 });
  });
});
