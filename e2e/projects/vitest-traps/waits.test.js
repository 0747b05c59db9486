import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, describe, expect, vi } from 'vitest';
import { hold, isFree, sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(leased({ one: 'cap' }));

describe('a wait in a test', () => {
  let release;

  test('begins while the resource is held', async () => {
    release = await hold('cap');
  });

  test('FAILS with the explanation: fixture', { timeout: 700 }, async ({ one }) => {
    expect.unreachable(one);
  });

  test('FAILS with the explanation: body', { timeout: 700 }, async ({ broker }) => {
    await broker.lease('cap', { timeout: '1m' });
  });

  test('ends by its own timeout where that is shorter', async ({ broker }) => {
    const waiting = broker.lease('cap', { timeout: 50 });
    await expect(waiting).rejects.toMatchObject({ code: 'wait_timeout' });
    await expect(waiting).rejects.not.toThrow("The test's own timeout");
  });

  test('ends by its own signal', async ({ broker }) => {
    const given = new AbortController();
    const waiting = broker.lease('cap', { signal: given.signal });
    given.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('ends under fake timers, too', async ({ broker }) => {
    vi.useFakeTimers();
    try {
      const lease = await broker.lease('many');
      await expect(broker.lease('cap', { timeout: 50 })).rejects.toThrow('Waited');
      await lease.release();
    } finally {
      vi.useRealTimers();
    }
  });

  describe('after a long hook', () => {
    test.beforeEach(async ({ broker }) => {
      await broker.get('anything');
      await sleep(900);
    });

    test('counts the time of the body only', { timeout: 700 }, async ({ broker }) => {
      setTimeout(release, 300);
      await broker.lease('cap');
    });
  });

  test('has freed all', async () => expect(await isFree('cap')).toBe(true));
});

describe('declared', { meta: { lease: { one: 'declared' } } }, () => {
  let release;

  test('by the suite', ({ broker }) => {
    expect(broker.leased).toEqual({ one: 'declared' });
  });

  test('by the test', { meta: { lease: { other: { pool: 'many', ttl: '10s' } } } }, async ({
    broker,
  }) => {
    expect(broker.leased).toEqual({ other: expect.any(Number) });
    release = await hold('declared');
    setTimeout(release, 700);
  });

  test('is waited for outside of the timeout', { timeout: 300 }, async ({ broker }) => {
    expect(broker.leased.one).toBe('declared');
    expect(await isFree('declared')).toBe(false);
  });

  test('is leased anew for every attempt', { retry: 2, repeats: 1 }, async ({ broker, task }) => {
    expect(broker.leased).toEqual({ one: 'declared' });
    expect(task.result.retryCount).toBe(2 * (1 + task.result.repeatCount));
  });

  for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test.concurrent(`is exclusive among tests that run at once (${n})`, async ({
      broker,
      expect,
    }) => {
      expect(++active).toBe(1);
      await sleep(20);
      expect(broker.leased.one).toBe('declared');
      active--;
    });
  }
  let active = 0;
});

test('has freed what was declared', async () => {
  expect(await isFree('declared')).toBe(true);
});

test('FAILS by what can never be had', {
  meta: { lease: { a: 'cap', b: { pool: 'cap', timeout: 100 } } },
}, () => {
  expect.unreachable();
});

test('FAILS by a wrong declaration', { meta: { lease: { one: 1 } } }, () => {
  expect.unreachable();
});

test('FAILS by an unknown pool', { meta: { lease: { one: 'declare' } } }, () => {
  expect.unreachable();
});

test('has freed what else was declared', async () => {
  expect(await isFree('cap')).toBe(true);
});
