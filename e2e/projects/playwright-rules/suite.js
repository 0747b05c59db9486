import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { alone, cross, meet, share, waitInVain, wash, wear } from './bodies.cjs';

/** The tests of one of two workers. */
export function suite(n) {
  const both = n === 1 ? { l: 'left', r: 'right' } : { r: 'right', l: 'left' };
  const test = base.extend(brokerFixtures).extend(
    leased({
      admin: { pool: 'accounts', where: { role: 'admin' } },
      buyers: { pool: 'accounts', not: { role: 'admin' }, count: 2 },
      both: { all: both },
      schema: { lock: 'schema', mode: 'shared' },
      kept: { pool: 'kept', scope: 'worker' },
    }),
  );

  test(`by filter and count ${n}`, ({ admin, buyers }) => {
    expect(admin.user).toBe('ann');
    expect(buyers.map(({ user }) => user).sort()).toEqual(['bob', 'cid']);
  });

  test.describe('all at once', () => {
    for (let i = 1; i <= 5; i++) {
      test(`by fixture ${n}.${i}`, async ({ both: { l, r } }) => {
        expect([l, r]).toEqual(['left', 'right']);
        await alone('both');
      });
    }
  });

  test.describe('declared', () => {
    test.use({ leases: n === 1 ? { l: 'left' } : { r: 'right' } });
    const annotation = { type: 'lease', description: n === 1 ? 'r: right' : 'l: left' };
    for (let i = 1; i <= 5; i++) {
      test(`at once ${n}.${i}`, { annotation }, async ({ broker }) => {
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
    test('keeps', ({ kept, broker }) => meet(broker, kept));
    test('keeps on', ({ broker }) => meet(broker, 'told'));
  } else {
    test('FAILS by a deadlock', ({ broker }) => cross(broker, 2));
    test('waits behind a worker', async ({ broker }) => {
      expect(await waitInVain(broker)).toBe('wait_timeout');
    });
    test('gives back', ({ broker }) => wash(broker));
    test('wears out', async ({ broker }) => {
      expect(await wear(broker)).toEqual(['new', 'unsatisfiable']);
    });
    test('FAILS with a lease', async ({ lease }) => {
      await lease('stale');
      throw new Error('meant');
    });
    test('has what was reset', ({ lease }) => lease('stale'));
  }
}
