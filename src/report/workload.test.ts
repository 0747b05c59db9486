import { expect, test } from 'vitest';
import { type Had, timelineWith } from './timeline.fixture.ts';
import { workloadOf } from './workload.ts';

/** What each job of each crew does, and how long after what came before. */
const jobsOf = (...given: Parameters<typeof timelineWith>) =>
  workloadOf(timelineWith(...given)).crews.map(({ workers, jobs }) => ({
    workers,
    jobs: jobs.map(({ steps }) => steps.map(({ does, delayMs }) => `${does} ${delayMs}`).join()),
  }));

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

test('a resource is kept from the others until it is back, or for good', () => {
  const had: Had[] = [{ worker: '1', from: 1, to: 5 }];
  const absent = (state: 'cooling' | 'retired') => {
    const absences = [{ pool: 'accounts', resource: 0, state, from: 5, to: 25 }];
    const workload = workloadOf(timelineWith(had, undefined, { absences }));
    return workload.crews[0]!.jobs[0]!.steps[0]!.demand!.needs[0];
  };
  expect(absent('cooling')).toMatchObject({ delayMs: 20, lost: 0 });
  expect(absent('retired')).toMatchObject({ delayMs: 0, lost: 1 });
});
