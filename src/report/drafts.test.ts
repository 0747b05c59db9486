import { describe, expect, test } from 'vitest';
import { type Ask, asksOf, draftsOf, filesOnSeveral } from './drafts.ts';
import { getOr } from './get-or.ts';
import { type Had, timelineWith } from './timeline.fixture.ts';

test('what one ticket was given is one ask, from the wait for it to its grant', () => {
  const had: Had[] = [
    { worker: '1', of: ['accounts', 'tenants'], from: 5, to: 20 },
    { worker: '2', asked: 5, from: 30, to: 40 },
    { worker: '3', asked: 5, from: 50, outcome: 'answered' },
  ];
  expect(asksOf(timelineWith(had))).toMatchObject([
    { ticket: 1, from: 5, to: 5, spans: [{ pool: 'accounts' }, { pool: 'tenants' }] },
    { ticket: 2, from: 5, to: 30, spans: [{ pool: 'accounts' }], answered: false },
    { ticket: 3, from: 5, to: 50, spans: [], answered: true },
  ]);
});

describe('a file is of several workers', () => {
  const split = (had: Had[]) => {
    const workers = new Map<string, Ask[]>();
    for (const ask of asksOf(timelineWith(had))) {
      getOr(workers, `${ask.session}`, () => []).push(ask);
    }
    return [...filesOnSeveral(workers)];
  };
  const a = (worker: string, from: number, to: number): Had => ({ worker, file: 'a', from, to });
  const b = (worker: string, from: number, to: number): Had => ({ worker, file: 'b', from, to });

  test('where two have parts of it at the same time', () => {
    expect(split([a('1', 5, 10), a('2', 1, 6)])).toEqual(['a']);
    expect(split([a('1', 5, 10), a('2', 1, 5)])).toEqual([]);
    expect(split([a('1', 5, 10), b('2', 1, 6)])).toEqual([]);
  });

  test('also between two leases of one of them', () => {
    expect(split([a('1', 0, 2), a('1', 8, 10), a('2', 4, 5)])).toEqual(['a']);
    const ofNone: Had = { worker: '1', from: 3, to: 4 };
    expect(split([a('1', 0, 2), ofNone, a('1', 8, 10), a('2', 4, 5)])).toEqual(['a']);
    expect(split([a('1', 0, 2), b('1', 3, 4), a('1', 8, 10), a('2', 4, 5)])).toEqual([]);
  });

  test('where one keeps something of it, and is at work on another', () => {
    const kept = [a('1', 0, 30), a('1', 1, 2), b('1', 3, 4), a('1', 5, 6)];
    expect(split(kept)).toEqual([]);
    expect(split([...kept, a('2', 20, 21)])).toEqual(['a']);
  });

  test('where one comes back to it', () => {
    expect(split([a('1', 0, 2), b('1', 3, 4), a('1', 5, 9), a('2', 6, 7)])).toEqual(['a']);
  });
});

describe('a worker’s jobs', () => {
  const jobs = (had: Omit<Had, 'from'>[], ...split: string[]) => {
    const timeline = timelineWith(had.map((each, i) => ({ worker: '1', ...each, from: i })));
    const drafts = draftsOf(asksOf(timeline), new Set(split));
    return drafts.map(({ asks }) => asks.map(({ ticket }) => ticket));
  };
  const buys = { file: 'a', test: 'buys' };
  const sells = { file: 'a', test: 'sells' };
  const b = { file: 'b', test: 'browses' };

  test('are files', () => {
    expect(jobs([buys, sells, b, buys])).toEqual([[1, 2], [3], [4]]);
  });

  test('are the tests of a file that several workers have', () => {
    expect(jobs([buys, buys, sells, b, b], 'a')).toEqual([[1, 2], [3], [4, 5]]);
  });

  test('have what names no file', () => {
    expect(jobs([buys, {}, buys, sells])).toEqual([[1, 2, 3, 4]]);
    expect(jobs([buys, {}, buys, sells], 'a')).toEqual([[1, 2, 3], [4]]);
    expect(jobs([{}, {}, buys])).toEqual([[1, 2], [3]]);
  });

  test('have what such a file has for all its tests', () => {
    expect(jobs([buys, { file: 'a' }, buys, sells], 'a')).toEqual([[1, 2, 3], [4]]);
    expect(jobs([b, { file: 'a' }, buys], 'a', 'b')).toEqual([[1], [2], [3]]);
  });
});
