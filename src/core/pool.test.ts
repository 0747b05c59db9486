import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ListPool, LockPool, SlotPool } from './pool.ts';
import type { Resource } from './resource.ts';

function take(pool: ListPool | SlotPool): Resource {
  const resource = pool instanceof SlotPool ? pool.next() : pool.free.oldest;
  if (!resource) throw new Error('none was free');
  pool.take(resource);
  resource.state = 'held';
  return resource;
}

describe('a pool of values', () => {
  test('hands out each value once, and none when none is free', () => {
    const pool = new ListPool('accounts', 'pool', ['a', { user: 'b' }, null]);
    expect([take(pool), take(pool), take(pool)].map(({ value }) => value)).toEqual([
      'a',
      { user: 'b' },
      null,
    ]);
    expect(pool.free.size).toBe(0);
    expect(pool.inState('held')).toHaveLength(3);
    expect(pool.inState('free')).toEqual([]);
  });

  test('hands out the one that has been free for longest', () => {
    const pool = new ListPool('p', 'pool', [0, 1, 2]);
    const [a, b] = [take(pool), take(pool)];
    pool.put(b!);
    pool.put(a!);
    expect([take(pool), take(pool), take(pool)].map(({ index }) => index)).toEqual([2, 1, 0]);
  });

  test('keeps each value as its JSON text, made once', () => {
    const pool = new ListPool('p', 'pool', [{ user: 'é' }, null]);
    expect(pool.resources.map(({ text, index, pool: of }) => [text, index, of === pool])).toEqual([
      ['{"user":"é"}', 0, true],
      ['null', 1, true],
    ]);
  });

  test('that is a part of one tells the places of its values in the whole', () => {
    const pool = new ListPool('p', 'pool', ['b', 'd'], {}, [1, 3]);
    expect([take(pool), take(pool)].map(({ index, value }) => [index, value])).toEqual([
      [1, 'b'],
      [3, 'd'],
    ]);
  });

  test('is idle while all are free and nobody waits', () => {
    const pool = new ListPool('p', 'pool', [0, 1]);
    expect(pool.idle).toBe(true);
    const resource = take(pool);
    expect(pool.idle).toBe(false);
    pool.put(resource);
    expect(pool.idle).toBe(true);
    expect(resource.state).toBe('free');
  });

  test('knows what a worker had last, until somebody else has had it', () => {
    const pool = new ListPool('p', 'pool', ['a', 'b']);
    const [a, b] = pool.resources;
    pool.returnedBy('one', a!);
    pool.returnedBy('two', b!);
    expect([pool.lastOf('one'), pool.lastOf('two'), pool.lastOf('x')]).toEqual([a, b, undefined]);
    pool.returnedBy('two', a!);
    expect([pool.lastOf('one'), pool.lastOf('two')]).toEqual([undefined, a]);
    pool.returnedBy('one', b!);
    expect([pool.lastOf('one'), pool.lastOf('two')]).toEqual([b, a]);
  });

  test('keeps that in mind for those who have something, and not for all who ever had', () => {
    const pool = new ListPool('p', 'pool', [0, 1]);
    const [a, b] = [pool.resources[0]!, pool.resources[1]!];
    pool.returnedBy('first', b);
    const seen: unknown[] = [];
    for (let worker = 0; worker < 1_000; worker++) {
      pool.returnedBy(worker, a);
      seen.push(pool.lastOf(worker));
    }
    expect(new Set(seen)).toEqual(new Set([a]));
    expect([pool.lastOf('first'), pool.lastOf(999), pool.lastOf(998)]).toEqual([b, a, undefined]);
  });
});

describe('a lock', () => {
  test('has a permit for each who holds it, as long as it is held', () => {
    const pool = new LockPool('lock:db');
    const permits = [1, 2, 3].map(() => pool.next('shared'));
    for (const permit of permits) pool.take(permit);
    expect([pool.resources.length, pool.heldAlone]).toEqual([3, false]);
    for (const i of [0, 2, 1]) pool.put(permits[i]!);
    expect([pool.resources, pool.idle]).toEqual([[], true]);
    const alone = pool.next('exclusive');
    pool.take(alone);
    expect(pool.heldAlone).toBe(true);
    pool.put(alone);
    expect(pool.heldAlone).toBe(false);
  });
});

describe('slots', () => {
  test('each taker gets the smallest number that nobody holds', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat()), { maxLength: 60 }), (steps) => {
        const pool = new SlotPool('slot:s');
        const held: Resource[] = [];
        for (const step of steps) {
          if (step === null || held.length === 0) {
            const numbers = new Set(held.map(({ index }) => index));
            let smallest = 0;
            while (numbers.has(smallest)) smallest++;
            const slot = take(pool);
            expect(slot.index).toBe(smallest);
            expect(slot.value).toBe(smallest);
            expect(slot.text).toBe(`${smallest}`);
            held.push(slot);
          } else {
            pool.put(held.splice(step % held.length, 1)[0]!);
          }
          expect(pool.idle).toBe(held.length === 0);
        }
        expect(pool.resources.length).toBeLessThanOrEqual(steps.length);
      }),
    );
  });
});
