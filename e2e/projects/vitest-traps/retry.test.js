import { leased } from 'ephemeral-broker/vitest';
import { test as base, describe, expect } from 'vitest';
import { hold, isFree, sleep } from './held.js';

let bodies = [];
const test = base.extend(leased({ one: 'retry' }));

/** Attempts of a test that leases `pool` while somebody else has it for `ms`. */
async function heldFor(pool, ms) {
  bodies = [];
  const release = await hold(pool);
  setTimeout(release, ms);
}

describe('granted to the second attempt', () => {
  test('begins while the resource is held', () => heldFor('retry', 800));

  test('has its value', { retry: 1, timeout: 600 }, async ({ one }) => {
    bodies.push(one);
  });

  test('ran one body', () => expect(bodies).toEqual(['retry']));
});

describe('granted to the second attempt, by way of another fixture', () => {
  const dependent = test.extend({
    page: async ({ one }, use) => {
      await use(`page of ${one}`);
    },
  });

  test('begins while the resource is held', () => heldFor('retry', 800));

  dependent('has its value', { retry: 1, timeout: 600 }, async ({ page }) => {
    bodies.push(page);
  });

  test('ran one body', () => expect(bodies).toEqual(['page of retry']));
});

describe('granted to the second attempt, after a timeout of Vitest', () => {
  const slow = base
    .extend({
      slow: async ({ task: _ }, use) => {
        await sleep(300);
        await use('slow');
      },
    })
    .extend(leased({ one: 'retry' }));

  test('begins while the resource is held', () => heldFor('retry', 900));

  slow('has its value', { retry: 1, timeout: 600 }, async ({ slow, one }) => {
    bodies.push(slow, one);
  });

  test('ran one body', async () => {
    expect(bodies).toEqual(['slow', 'retry']);
    expect(await isFree('retry')).toBe(true);
  });

  test('begins while the resource is held again', () => heldFor('retry', 900));

  slow('has its value after a failure, too', { retry: 2, timeout: 600 }, async ({ slow, one }) => {
    bodies.push(slow, one);
    expect(bodies).toHaveLength(4);
  });

  test('ran two bodies', async () => {
    expect(bodies).toEqual(['slow', 'retry', 'slow', 'retry']);
    expect(await isFree('retry')).toBe(true);
  });
});

describe('never granted', () => {
  let release;

  test('begins while the resource is held', async () => {
    bodies = [];
    release = await hold('retry');
  });

  test('FAILS in every attempt', { retry: 2, timeout: 600 }, async ({ one }) => {
    bodies.push(one);
  });

  test('ran no body', async () => {
    expect(bodies).toEqual([]);
    await release();
  });
});

describe('an attempt after one that timed out', () => {
  const slow = base
    .extend({
      slow: async ({ task: _ }, use) => {
        await sleep(300);
        await use('slow');
      },
    })
    .extend(leased({ one: 'twice' }));

  test('begins while the resource is held', () => heldFor('twice', 900));

  slow('FAILS by a timeout in the body', { retry: 1, timeout: 600 }, async ({ slow, one }) => {
    bodies.push(slow, one);
    await sleep(1_500);
  });

  test('keeps its lease', async () => {
    expect(bodies).toEqual(['slow', 'twice']);
    expect(await isFree('twice')).toBe(false);
  });
});

describe('a fixture whose teardown throws', () => {
  let attempts = 0;
  const messy = base.extend(leased({ one: 'messy' })).extend({
    page: async ({ one }, use) => {
      await use(one);
      if (attempts === 1) throw new Error('page does not close');
    },
  });

  messy('FAILS at first', { retry: 1 }, async ({ page, one }) => {
    attempts++;
    bodies.push([one, page, await isFree('messy')]);
  });

  test('held its lease in each attempt, and has freed it', async () => {
    expect(bodies.slice(-2)).toEqual([
      ['messy', 'messy', false],
      ['messy', 'messy', false],
    ]);
    expect(await isFree('messy')).toBe(true);
  });
});
