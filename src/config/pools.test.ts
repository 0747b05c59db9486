import { describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { pool, ports, slots } from './pools.ts';

/** The message of the `bad_option` that the call must throw. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'bad_option') return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('ports', () => {
  test('holds every port of the range, both ends included, and has them checked', () => {
    expect(ports({ from: 4000, to: 4002 })).toEqual({ values: [4000, 4001, 4002], checked: true });
    expect(ports({ from: 65_535, to: 65_535 }).values).toEqual([65_535]);
    expect(ports({ from: 1, to: 1 }).values).toEqual([1]);
  });

  test('keeps its options', () => {
    expect(ports({ from: 1, to: 1, ttl: '1m', timeout: 5 })).toEqual({
      values: [1],
      checked: true,
      ttl: '1m',
      timeout: 5,
    });
  });

  test.each([
    ['from', { from: 0, to: 5 }],
    ['from', { from: 4000.5, to: 4001 }],
    ['from', { from: '4000', to: 4001 }],
    ['from', { to: 4001 }],
    ['to', { from: 60_000, to: 65_536 }],
    ['to', { from: 4000, to: Number.NaN }],
    ['to', { from: 4000 }],
    ['to', { from: 4001, to: 4000 }],
  ])('refuses a wrong `%s`: %j', (end, range) => {
    expect(refusal(() => ports(range as never))).toContain(`ports({ ${end} })`);
  });

  test('refuses more than 10,000', () => {
    expect(ports({ from: 1, to: 10_000 }).values).toHaveLength(10_000);
    expect(refusal(() => ports({ from: 1, to: 10_001 }))).toMatch(/at most 10000 ports from 1 on/);
  });
});

describe('slots', () => {
  test('are the numbers from 0, or what is made of them', () => {
    expect(slots(3).values).toEqual([0, 1, 2]);
    expect(slots(2, (n) => ({ database: `test_${n}` })).values).toEqual([
      { database: 'test_0' },
      { database: 'test_1' },
    ]);
  });

  test('keep their options, with and without what is made of them', () => {
    expect(slots(2, { shard: 'whole' })).toEqual({ values: [0, 1], shard: 'whole' });
    expect(slots(2, (n) => `t${n}`, { ttl: '1m' })).toEqual({ values: ['t0', 't1'], ttl: '1m' });
  });

  test.each([0, -1, 1.5, Number.NaN, 10_001, '3', undefined])('refuses a count of %s', (count) => {
    expect(refusal(() => slots(count as number))).toMatch(/slots\(count\).* from 1 to 10000/);
  });
});

test('pool() keeps its values and options', () => {
  expect(pool(['a', 'b'], { ttl: '1m', timeout: 0 })).toEqual({
    values: ['a', 'b'],
    ttl: '1m',
    timeout: 0,
  });
});

test('pool() takes its values from the list, whatever untyped options say', () => {
  expect(pool([1], { values: [2] } as object).values).toEqual([1]);
});
