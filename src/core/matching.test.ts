import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import type { Identity } from '../protocol/messages.ts';
import { Claim, type Want } from './claim.ts';
import { FREE, Matching, USABLE } from './matching.ts';
import { ListPool, type Pool } from './pool.ts';
import type { Resource } from './resource.ts';
import { Session } from './session.ts';
import { Waiter } from './waiters.ts';

let tickets = 0;

function waiterOf(pool: Pool, wants: Partial<Want>[], identity: Identity = {}): Waiter {
  const ticket = ++tickets;
  const session = new Session(ticket, identity);
  const full = wants.map((want): Want => ({ kind: 'pool', name: pool.name, ...want }));
  const claims = full.map((want) => new Claim(pool, want));
  const wish = { wants: full, ttlMs: 1, timeoutMs: 1, purpose: {} };
  return new Waiter(ticket, session, claims, wish, { granted() {}, refused() {} }, 0);
}

function hold(resource: Resource, state: 'held' | 'retired' = 'held'): void {
  resource.pool.take(resource);
  resource.state = state;
}

describe('requests, in their order, are matched with resources', () => {
  const SIZE = 5;
  const want = fc.record({
    where: fc.subarray<Json>([...Array(SIZE).keys()], { minLength: 1 }),
    count: fc.integer({ min: 1, max: 2 }),
    prefer: fc.constantFrom('oldest' as const, 'random' as const),
  });
  const requests = fc.array(fc.array(want, { minLength: 1, maxLength: 2 }), { maxLength: 4 });

  /** The most places of these wants that could be filled, whatever the order: all ways are tried. */
  function most(wants: { where: Json[]; count: number }[], open: number[]): number {
    const places = wants.flatMap(({ where, count }) => Array<Json[]>(count).fill(where));
    const known = new Map<string, number>();
    const search = (at: number, taken: number): number => {
      const where = places[at];
      if (!where) return 0;
      const key = `${at} ${taken}`;
      const found =
        known.get(key) ??
        Math.max(
          search(at + 1, taken),
          ...open
            .filter((index) => where.includes(index) && !(taken & (1 << index)))
            .map((index) => 1 + search(at + 1, taken | (1 << index))),
        );
      known.set(key, found);
      return found;
    };
    return search(0, 0);
  }

  test('with as many as there can be, the first ones first, and none twice', () => {
    fc.assert(
      fc.property(requests, fc.subarray([...Array(SIZE).keys()]), (all, open) => {
        const pool = new ListPool('p', 'pool', [...Array(SIZE).keys()]);
        for (const resource of pool.resources) if (!open.includes(resource.index)) hold(resource);
        const matching = new Matching(FREE);
        const waiters = all.map((wants) => waiterOf(pool, wants));
        const numbers: number[] = [];
        waiters.forEach((waiter, i) => {
          const whole = matching.add(waiter);
          const shares = waiters.slice(0, i + 1).flatMap((each) => matching.sharesOf(each));
          const sizes = shares.map(({ resources }) => resources.size);
          expect(sizes.slice(0, numbers.length), 'nobody loses any').toEqual(numbers);
          numbers.push(...sizes.slice(numbers.length));
          const sum = sizes.reduce((a, b) => a + b, 0);
          expect(sum).toBe(most(all.slice(0, i + 1).flat(), open));
          const got = shares.flatMap(({ resources }) => [...resources]);
          expect(new Set(got).size, 'none twice').toBe(sum);
          for (const { claim, resources } of shares) {
            for (const resource of resources) {
              expect([resource.state, claim.accepts(resource)]).toEqual(['free', true]);
            }
          }
          const own = matching.sharesOf(waiter);
          expect(whole).toBe(own.every(({ claim, resources }) => resources.size === claim.count));
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('and may be handed what they claim: it is free for nobody else', () => {
    const pool = new ListPool('p', 'pool', ['a', 'b', 'c']);
    const matching = new Matching(FREE);
    const [one, two] = [waiterOf(pool, [{ count: 2 }]), waiterOf(pool, [{}, {}])];
    expect([matching.add(one), matching.add(two)]).toEqual([true, false]);
    const [taken] = matching.take(one);
    expect(taken!.map(({ value }) => value)).toEqual(['a', 'b']);
    expect([...pool.free].map(({ value }) => value)).toEqual(['c']);
    expect([...matching.contested()]).toEqual([pool]);
  });

  test('of those that could ever be free, where that is asked', () => {
    const pool = new ListPool('p', 'pool', ['a', 'b']);
    hold(pool.resources[0]!);
    const both = waiterOf(pool, [{ count: 2 }]);
    expect([Matching.fits(both, FREE), Matching.fits(both, USABLE)]).toEqual([false, true]);
    hold(pool.resources[1]!, 'retired');
    expect(Matching.fits(both, USABLE)).toBe(false);
  });
});

describe('of several that would do a request has', () => {
  const vitest = { runner: 'vitest', worker: '3' };

  /** Of a pool of a, b and c, of which the worker had b last. */
  function choice(
    want: Partial<Want>,
    {
      identity = vitest,
      care = {},
      random = () => 0,
      prepare = (_: ListPool) => {},
    }: {
      identity?: Identity;
      care?: ListPool['care'];
      random?: () => number;
      prepare?: (pool: ListPool) => void;
    } = {},
  ): Json {
    const pool = new ListPool('p', 'pool', ['a', 'b', 'c'], care);
    pool.returnedBy(new Session(0, vitest).worker, pool.resources[1]!);
    prepare(pool);
    const waiter = waiterOf(pool, [want], identity);
    const matching = new Matching(FREE, random);
    matching.add(waiter);
    return matching.take(waiter)[0]![0]!.value;
  }

  test('the one that its worker had last, also in another process, while nobody else has it', () => {
    expect(choice({})).toBe('b');
    expect(choice({}, { identity: { ...vitest, pid: 99 } })).toBe('b');
    expect(choice({}, { identity: { runner: 'vitest', worker: '4' } })).toBe('a');
    expect(choice({}, { identity: {} })).toBe('a');
    expect(choice({}, { prepare: ({ resources }) => hold(resources[1]!) })).toBe('a');
    expect(choice({ not: 'b' })).toBe('a');
  });

  test('the one that has been free for longest, where it asks for that', () => {
    expect(choice({ prefer: 'oldest' })).toBe('a');
    const prepare = (pool: ListPool) => {
      const [a] = pool.resources;
      hold(a!);
      pool.put(a!);
    };
    expect(choice({ prefer: 'oldest' }, { prepare })).toBe('b');
  });

  test('any, each as likely, where it asks for that', () => {
    const chosen: Json[] = [];
    for (const first of [0, 0.4, 0.99]) {
      for (const second of [0, 0.99]) {
        const draws = [first, second];
        chosen.push(choice({ prefer: 'random' }, { random: () => draws.shift()! }));
      }
    }
    expect(chosen.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  test('what its pool prefers, unless it says otherwise', () => {
    const care = { prefer: 'oldest' as const };
    expect(choice({}, { care })).toBe('a');
    expect(choice({ prefer: 'same-worker' }, { care })).toBe('b');
  });

  test('what has just been checked, whatever it prefers', () => {
    const prepare = (pool: ListPool) => {
      const [, , c] = pool.resources;
      hold(c!);
      c!.verified = true;
      pool.put(c!);
    };
    for (const prefer of ['same-worker', 'oldest', 'random'] as const) {
      expect(choice({ prefer }, { prepare })).toBe('c');
    }
  });
});
