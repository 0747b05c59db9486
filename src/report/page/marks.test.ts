import { describe, expect, test } from 'vitest';
import type { ReportLease, ReportSpan } from './data.ts';
import type { Bar } from './lanes.ts';
import { leaseLook, spanLook } from './look.ts';
import { marksOf, pointedAt } from './marks.ts';
import { Scale } from './scale.ts';

/** A thousand pixels for so many milliseconds. */
const scale = (ms: number): Scale => new Scale({ from: 0, to: ms }, 0, 1000);

function lease(from: number, to: number, reason: ReportLease['reason'] = 'released'): Bar {
  const of: ReportLease = { token: 1, resources: [], who: {}, from, to, waitedMs: 0, reason };
  return { kind: 'lease', of, from, to, look: leaseLook(reason), shown: true };
}

function span(from: number, to: number, state = 'resetting'): Bar {
  const of: ReportSpan = { pool: 'accounts', resource: 0, state, from, to };
  return { kind: 'span', of, from, to, look: spanLook(state), shown: true };
}

test('a lane of very many bars is as many marks as it has pixels, at most', () => {
  const bars = Array.from({ length: 50_000 }, (_, i) => lease(i * 2, i * 2 + 1));
  const marks = marksOf(bars, scale(100_000));
  expect(marks.length).toBeLessThanOrEqual(1000);
  // And no pixel is lost: it is full from end to end.
  expect([marks[0]!.from, marks.at(-1)!.to]).toEqual([0, 1001]);
});

test('what the filter chose lies over what it left out, however close they are', () => {
  const bars = Array.from({ length: 1000 }, (_, i) => lease(i, i + 0.9));
  for (const bar of bars) bar.shown = bar === bars[700];
  const marks = marksOf(bars, scale(100_000));
  expect(marks.at(-1)).toEqual({ from: 7, to: 9, look: bars[700]!.look, thin: false });
  expect(marks.filter(({ look }) => look)).toHaveLength(1);
});

test('an end that is rare lies over the many that are not', () => {
  const bars = Array.from({ length: 1000 }, (_, i) =>
    lease(i, i + 0.9, i === 700 ? 'expired' : 'released'),
  );
  expect(marksOf(bars, scale(100_000)).at(-1)).toMatchObject({ look: leaseLook('expired') });
});

test('a bar is never too short to be seen; what is between leases is left out where it is', () => {
  const bars = [lease(0, 1), span(1, 2), lease(500, 501), span(600, 900)];
  expect(marksOf(bars, scale(1_000_000)).map(({ from, to, thin }) => [from, to, thin])).toEqual([
    [0, 2, false],
  ]);
  expect(marksOf(bars, scale(1000)).map(({ from, to, thin }) => [from, to, thin])).toEqual([
    [600, 900, true],
    [0, 2, false],
    [500, 502, false],
  ]);
});

test('only what is in view is painted', () => {
  const bars = Array.from({ length: 100 }, (_, i) => lease(i * 10, i * 10 + 10));
  const marks = marksOf(bars, new Scale({ from: 500, to: 520 }, 0, 1000));
  expect(marks.map(({ from, to }) => [from, to])).toEqual([
    [0, 500],
    [500, 1000],
    [1000, 1020],
  ]);
});

describe('the pointer is at', () => {
  test('the bar beneath it, not at the one before', () => {
    const bars = [lease(0, 99), lease(100, 200)];
    expect(pointedAt(bars, scale(1000), 101)).toBe(1);
    expect(pointedAt(bars, scale(1000), 98)).toBe(0);
  });

  test('a bar a little beside it, and at nothing far from all', () => {
    const bars = [lease(100, 200)];
    expect(pointedAt(bars, scale(1000), 98)).toBe(0);
    expect(pointedAt(bars, scale(1000), 203)).toBe(0);
    expect(pointedAt(bars, scale(1000), 95)).toBeUndefined();
    expect(pointedAt(bars, scale(1000), 206)).toBeUndefined();
  });

  test('the bar that lies above, where many are on a pixel', () => {
    const bars = [span(0, 1), lease(1, 2), lease(2, 3, 'expired'), lease(3, 4), span(4, 5)];
    expect(pointedAt(bars, scale(100_000), 0)).toBe(2);
    bars[2]!.shown = false;
    expect(pointedAt(bars, scale(100_000), 0)).toBe(1);
  });
});
