import { describe, expect, test } from 'vitest';
import { asksOf, draftsOf } from './drafts.ts';
import { JobMaker, type Step } from './job.ts';
import { type Had, timelineWith } from './timeline.fixture.ts';
import type { LeaseSpan } from './timeline.ts';

/** The job of a worker that began at 0; by default none follows it, and nothing is on its way back. */
function made(
  had: Had[],
  { next = Infinity, until, away = () => 0 }: Partial<Options> = {},
): ReturnType<JobMaker['job']> {
  const timeline = timelineWith(had, { accounts: 2, tenants: 2 });
  const [draft] = draftsOf(asksOf(timeline), new Set());
  const pools = new Map(timeline.pools.map(({ name }, i) => [name, i]));
  return new JobMaker(pools, away).job(draft!, 0, next, until);
}

interface Options {
  next: number;
  until: number | undefined;
  away: (span: LeaseSpan) => number;
}

const told = (steps: Step[]) => steps.map(({ does, delayMs }) => `${does} ${delayMs}`).join();

/** What a test of the file did. */
const did = (test: string, from: number, to: number, more: Partial<Had> = {}): Had => ({
  ...{ worker: '1', file: 'a', test, from, to },
  ...more,
});

describe('keeps the time', () => {
  test('between what a test does, and leaves out how long it waited', () => {
    const { job, end } = made([did('buys', 50, 70, { asked: 10 }), did('buys', 75, 80)]);
    expect(told(job.steps)).toBe('request 10,granted 0,release 20,request 5,granted 0,release 5');
    expect(end).toBe(80);
  });

  test('of a wait that brought nothing', () => {
    const { job } = made([did('buys', 50, 50, { asked: 10, outcome: 'timeout' })]);
    expect(told(job.steps)).toBe('think 10,think 40');
  });

  test('of no wait that another’s result ended: that takes as long as that does', () => {
    const { job } = made([did('buys', 50, 50, { asked: 10, outcome: 'answered' })]);
    expect(told(job.steps)).toBe('request 10,answered 0');
  });

  test('that its process took after all was done', () => {
    const { job, end } = made([did('buys', 5, 10)], { until: 17 });
    expect(told(job.steps)).toBe('request 5,granted 0,release 5,think 7');
    expect(end).toBe(17);
  });
});

describe('a test', () => {
  const SELLS = did('sells', 12, 20);

  test('stays beside those that it overlapped', () => {
    const { job } = made([did('buys', 2, 10), did('sells', 3, 20)]);
    expect(told(job.first)).toBe('request 2,request 3');
  });

  test.each([
    ['had ended', did('buys', 2, 10), 'release 8'],
    ['had a result', did('buys', 10, 10, { asked: 2, outcome: 'answered' }), 'answered 0'],
    ['had waited in vain', did('buys', 10, 10, { asked: 2, outcome: 'timeout' }), 'think 8'],
    ['had what it kept', did('buys', 10, 90, { asked: 2 }), 'granted 0'],
  ])('comes after one that %s before it began', (_, buys, last) => {
    const { job } = made([buys, SELLS], { next: 30 });
    expect(job.first).toHaveLength(1);
    const before = job.steps.filter(({ next }) => next.some(({ does }) => does === 'request'));
    expect(told(before)).toBe(last);
    expect(before[0]!.next[0]).toMatchObject({ after: 1, delayMs: 2 });
  });

  test('comes after what the file has for all of them, which ends after them', () => {
    const all: Had = { worker: '1', file: 'a', from: 1, to: 30 };
    const { job } = made([all, did('buys', 5, 20), did('sells', 22, 25)]);
    const [, granted, buys, , bought, sells, , sold, last] = job.steps;
    expect(granted!.next).toEqual([buys, sells, last]);
    // Since the last of what came before.
    expect(sells).toMatchObject({ does: 'request', delayMs: 2, after: 2 });
    expect([bought!.next, sold!.next]).toEqual([[sells, last], [last]]);
    expect(last).toMatchObject({ does: 'release', delayMs: 5 });
  });
});

describe('a lease', () => {
  test('of several things is of so many of each pool', () => {
    const { job } = made([did('buys', 1, 2, { of: ['accounts', 'tenants', 'accounts'] })]);
    expect(job.steps[0]!.demand!.needs).toMatchObject([
      { pool: 0, count: 2 },
      { pool: 1, count: 1 },
    ]);
  });

  test('of several of a pool keeps them until the last is back, and those for good that are lost', () => {
    const had = [did('buys', 1, 2, { of: ['accounts', 'accounts', 'accounts'] })];
    const away = ({ resource }: LeaseSpan) => [9, Infinity, 4][resource]!;
    const { job } = made(had, { away });
    expect(job.steps[0]!.demand!.needs).toMatchObject([{ count: 3, delayMs: 9, lost: 1 }]);
  });

  test('that was kept beyond its file, or for good, ends with its worker', () => {
    const lasting = (to?: number) => {
      const had: Had = { worker: '1', file: 'a', from: 1, ...(to && { to }) };
      const { job } = made([had], { next: 20 });
      return [job.steps[0]!.demand!.lasting, told(job.steps)];
    };
    expect(lasting(19)).toEqual([false, 'request 1,granted 0,release 18']);
    expect(lasting(21)).toEqual([true, 'request 1,granted 0']);
    expect(lasting()).toEqual([true, 'request 1,granted 0']);
  });
});
