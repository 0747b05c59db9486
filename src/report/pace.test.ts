import { expect, test } from 'vitest';
import { speedOf } from './pace.ts';

/** Of a run of 40 workers, of which mostly five were at work, and now and then one. */
const AT_WORK_MS = Array.from({ length: 41 }, (_, n) => (n === 1 ? 100 : n === 5 ? 900 : 0));

const speeds = (own: number, others = 0) => {
  const speed = speedOf({ processors: 2, own, others }, AT_WORK_MS);
  return [1, 2, 4, 8].map((atWork) => Math.round(speed(atWork) * 100) / 100);
};

test('workers that keep all processors busy share them, more of them as well', () => {
  // Five keep both busy, the one that is left one of them.
  expect(speeds(1.9)).toEqual([1, 1, 0.51, 0.25]);
});

test('workers that wait for something else than the machine are all as fast as they can', () => {
  expect(speeds(0.1)).toEqual([1, 1, 1, 1]);
});

test('workers that compute for a part of their time get in each other’s way, the more there are', () => {
  const speed = speedOf({ processors: 2, own: 1.15, others: 0 }, AT_WORK_MS);
  expect(speed(2)).toBeGreaterThan(0.99);
  expect(speed(5)).toBeGreaterThan(0.8);
  expect(speed(8)).toBeLessThan(speed(5));
  // Each needs a quarter of one: that is twenty for two.
  expect(speed(40)).toBeGreaterThan(0.15);
  expect(speed(40)).toBeLessThan(0.25);
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
});

test('of very many workers each has its share', () => {
  const speed = speedOf({ processors: 2, own: 2.01, others: 0 }, [...Array(1000).fill(0), 100]);
  expect(speed(1000)).toBeCloseTo(0.002, 4);
});
