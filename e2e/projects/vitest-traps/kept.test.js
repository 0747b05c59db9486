import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, describe, expect } from 'vitest';
import { hold, isFree, sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(
  leased({
    admin: { pool: 'kept', scope: 'worker' },
    shared: { pool: 'both', scope: 'worker' },
    ours: { pool: 'file', scope: 'file' },
    mine: 'file',
  }),
);

describe('a lease of the worker', () => {
  let release;

  test('begins while the resource is held', async () => {
    release = await hold('kept');
  });

  test('FAILS for the first that asks', { timeout: 600 }, async ({ admin }) => {
    expect.unreachable(admin);
  });

  test('is asked for again by the next', async ({ admin }) => {
    expect(admin).toBe('kept');
  }, 5_000);

  test('is kept between tests', async () => {
    expect(await isFree('kept')).toBe(false);
  });

  test('is the same for all', async ({ admin }) => {
    expect(admin).toBe('kept');
  });

  // Registered last so that the second test above waits for it.
  test.beforeEach(({ task }) => {
    if (task.name === 'is asked for again by the next') setTimeout(release, 200);
  });
});

describe('a lease of the worker, for tests that run at once', () => {
  for (const n of [1, 2, 3]) {
    test.concurrent(`is one for all (${n})`, async ({ shared, expect }) => {
      expect(shared).toBe('both');
      await sleep(50);
    });
  }
});

describe('a lease of the file', () => {
  let value;

  test('is made by the first', ({ ours, mine }) => {
    value = ours;
    expect(mine).not.toBe(ours);
  });

  test('is the same for the next', ({ ours, mine }) => {
    expect(ours).toBe(value);
    expect(mine).not.toBe(ours);
  });
});
