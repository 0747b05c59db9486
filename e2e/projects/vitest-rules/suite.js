import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, describe, expect } from 'vitest';
import { alone, cross, meet, share, waitInVain, waitUntilHad, wash, wear } from './bodies.cjs';

/** The tests of one of two workers. */
export function suite(n) {
  const both = n === 1 ? { l: 'left', r: 'right' } : { r: 'right', l: 'left' };
  const test = base.extend(brokerFixtures).extend(
    leased({
      admin: { pool: 'accounts', where: { role: 'admin' } },
      buyers: { pool: 'accounts', not: { role: 'admin' }, count: 2 },
      both: { all: both },
      other: { pool: 'again', not: 'previous' },
      schema: { lock: 'schema', mode: 'shared' },
      kept: { pool: 'kept', scope: 'worker' },
    }),
  );

  test(`by filter and count ${n}`, ({ admin, buyers }) => {
    expect(admin.user).toBe('ann');
    expect(buyers.map(({ user }) => user).sort()).toEqual(['bob', 'cid']);
  });

  describe('all at once', () => {
    for (let i = 1; i <= 5; i++) {
      test(`by fixture ${n}.${i}`, async ({ both: { l, r } }) => {
        expect([l, r]).toEqual(['left', 'right']);
        await alone('both');
      });
      test(`declared ${n}.${i}`, { meta: { lease: both } }, async ({ broker }) => {
        expect(broker.leased).toEqual({ l: 'left', r: 'right' });
        await alone('both');
      });
    }
  });

  test(`a lock is shared ${n}`, async ({ schema, broker }) => {
    expect(schema).toBe(null);
    await meet(broker, 'shared');
  });
  test(`a lock is had alone ${n}`, ({ broker }) =>
    broker.withLock('schema', () => alone('schema')));
  test(`a semaphore of one ${n}`, ({ broker }) =>
    broker.withSemaphore('mail', 1, () => alone('mail')));
  test(`what is made once is had by all ${n}`, async ({ broker }) => {
    expect(await share(broker)).toEqual(['t1', true, 'team/nobody']);
  });

  if (n === 1) {
    test('crosses', ({ broker }) => cross(broker, 1));

    const had = [];
    test('has another one in each try', { retry: 2 }, async ({ other, broker }) => {
      const byHand = await broker.lease('again', { not: 'previous' });
      had.push(other, byHand.value);
      expect(had).toHaveLength(4);
    });
    test('which are four', () => expect(had.sort()).toEqual(['a', 'b', 'c', 'd']));

    const declared = [];
    const lease = { it: { pool: 'again', not: 'previous' } };
    test('has another one that it declares', { retry: 1, meta: { lease } }, ({ broker }) => {
      declared.push(broker.leased.it);
      expect(new Set(declared).size).toBe(2);
    });

    let tries = 0;
    test('begins anew in each repetition', { retry: 1, repeats: 2 }, ({ other }) => {
      expect([other, ++tries % 2]).toEqual([expect.any(String), 0]);
    });

    test('keeps', ({ kept, broker }) => meet(broker, kept));
    test('keeps on', ({ broker }) => meet(broker, 'told'));

    test('FAILS while its body goes on', { timeout: 300 }, async ({ broker }) => {
      await broker.lease('stale');
      await broker.set('had stale', true, { ttl: 'run' });
      await new Promise(() => {});
    });
  } else {
    test('FAILS by a deadlock', ({ broker }) => cross(broker, 2));
    test('waits behind a worker', async ({ broker }) => {
      expect(await waitInVain(broker)).toBe('wait_timeout');
    });
    test('gives back', ({ broker }) => wash(broker));
    test('wears out', async ({ broker }) => {
      expect(await wear(broker)).toEqual(['new', 'unsatisfiable']);
    });
    // Until the other file, and so its worker, has ended.
    test('has what was reset', async ({ broker }) => {
      await waitUntilHad(broker, 'stale');
      await broker.lease('stale');
    });
  }
}
