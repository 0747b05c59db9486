import { expect, test } from 'vitest';
import { speedOf } from './pace.ts';

/** Of a run with one, and mostly five workers at work. */
const AT_WORK_MS = [0, 100, 0, 0, 0, 900];

const speeds = (own: number, others = 0, processors = 2) =>
  [1, 2, 4, 8].map(
    (atWork) => Math.round(speedOf({ processors, own, others }, AT_WORK_MS)(atWork) * 100) / 100,
  );

test('workers that keep all processors busy share them, more of them as well', () => {
  // Five keep both busy, the one that is left one of them.
  expect(speeds(1.9)).toEqual([1, 1, 0.5, 0.25]);
});

test('workers that wait for something else than the machine are all as fast as they can', () => {
  expect(speeds(0.1)).toEqual([1, 1, 1, 1]);
});

test('workers that need a part of a processor are slowed when there is no more', () => {
  // Each needs 0.25 of one: eight keep both busy.
  expect(speeds(0.25 * 4.6)).toEqual([1, 1, 1, 1]);
  expect(speedOf({ processors: 2, own: 0.25 * 4.6, others: 0 }, AT_WORK_MS)(16)).toBeCloseTo(
    0.5,
    1,
  );
});

test('a run that got what others left is one that was slowed', () => {
  // Five share one and a half.
  expect(speeds(1.45, 0.5)).toEqual([1, 0.75, 0.38, 0.19]);
});

test('a run that used little was not slowed by others, who fill what is left', () => {
  expect(speeds(0.1, 1.9)).toEqual([1, 1, 1, 1]);
});

test('with nobody at work nothing is slow', () => {
  expect(speedOf({ processors: 2, own: 2, others: 0 }, AT_WORK_MS)(0)).toBe(1);
  expect(speedOf({ processors: 2, own: 1, others: 0 }, [0])(4)).toBeLessThanOrEqual(1);
});
