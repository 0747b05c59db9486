import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { ONLY_SHARD, placesOf, type Shard, shardOf } from './shard.ts';

describe('the parts of a pool', () => {
  const sizes = fc.nat(200);
  const totals = fc.integer({ min: 1, max: 40 });
  const parts = (size: number, total: number): number[][] =>
    Array.from({ length: total }, (_, i) => placesOf(size, { current: i + 1, total }));

  test('are the pool: each thing belongs to exactly one shard', () => {
    fc.assert(
      fc.property(sizes, totals, (size, total) => {
        const all = parts(size, total).flat();
        expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
    );
  });

  test('differ in size by one at most', () => {
    fc.assert(
      fc.property(sizes, totals, (size, total) => {
        const counts = parts(size, total).map((part) => part.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('keep the order of the pool', () => {
    fc.assert(
      fc.property(sizes, totals, (size, total) => {
        for (const part of parts(size, total)) {
          expect(part).toEqual([...part].sort((a, b) => a - b));
        }
      }),
    );
  });

  test('have some of each kind, where those of a kind stand together and are enough', () => {
    const kinds = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(kinds, totals, (extras, total) => {
        const pool = extras.flatMap((extra, kind) => Array<number>(total + extra).fill(kind));
        for (const part of parts(pool.length, total)) {
          expect(new Set(part.map((place) => pool[place])).size).toBe(extras.length);
        }
      }),
    );
  });

  test('are the whole, for the only shard', () => {
    expect(placesOf(3, ONLY_SHARD)).toEqual([0, 1, 2]);
  });
});

describe('which shard this is', () => {
  const shardBy = (EPHEMERAL_BROKER_SHARD: string | undefined, runner?: Shard | null) =>
    shardOf({ EPHEMERAL_BROKER_SHARD }, runner);

  test('the runner says, else the variable, else it is the only one', () => {
    expect(shardBy(undefined, { current: 1, total: 3 })).toEqual({ current: 1, total: 3 });
    expect(shardBy('2/5')).toEqual({ current: 2, total: 5 });
    expect(shardBy('5/5', null)).toEqual({ current: 5, total: 5 });
    expect(shardBy('')).toEqual({ current: 1, total: 1 });
    expect(shardBy(undefined)).toEqual({ current: 1, total: 1 });
  });

  test('both may say, where they say the same', () => {
    expect(shardBy('2/5', { current: 2, total: 5 })).toEqual({ current: 2, total: 5 });
  });

  test.each<[string, Shard]>([
    ['3/5', { current: 2, total: 5 }],
    ['2/4', { current: 2, total: 5 }],
    ['2/4', ONLY_SHARD],
  ])('a variable of %s, where the runner says %j, is refused', (named, runner) => {
    const { current, total } = runner;
    expect(() => shardBy(named, runner)).toThrow(
      expect.objectContaining({
        code: 'bad_option',
        message: expect.stringContaining(
          `'${named}', but the runner's shard is '${current}/${total}'`,
        ),
      }),
    );
  });

  test.each(['/', '2', '2/', '/5', '0/5', '6/5', '1/0', '0/0', '-1/5', '1.5/2', '2/5/7', 'a/b'])(
    'a variable of %j is refused, with what was expected',
    (named) => {
      expect(() => shardBy(named)).toThrow(
        new BrokerError(
          'bad_option',
          `EPHEMERAL_BROKER_SHARD is '${named}': expected which shard of how many this run is, from '1/5' to '5/5' for five of them.`,
        ),
      );
    },
  );
});
