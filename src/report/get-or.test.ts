import { expect, test } from 'vitest';
import { getOr } from './get-or.ts';

test('makes what is missing once, be it nothing much', () => {
  const map = new Map([['has', 1]]);
  expect(getOr(map, 'has', () => 2)).toBe(1);
  expect(getOr(map, 'new', () => 0)).toBe(0);
  expect(getOr(map, 'new', () => 2)).toBe(0);
});
