import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { afterAll, test as base, describe, expect } from 'vitest';
import { hold, isFree, sleep } from './held.js';

const bodies = [];
const slow = base.extend({
  slow: async ({ task: _ }, use) => {
    await sleep(300);
    await use('slow');
  },
});
const test = slow.extend(brokerFixtures).extend(leased({ one: 'zombie', two: 'hook' }));

describe('a set-up that times out', () => {
  let release;

  test('begins while the resource is held', async () => {
    release = await hold('zombie');
  });

  test('FAILS in the test', { timeout: 500 }, async ({ slow, one }) => {
    bodies.push(slow, one);
  });

  test('runs no body later, and frees what arrives late', async () => {
    await release();
    await sleep(300);
    expect(bodies).toEqual([]);
    expect(await isFree('zombie')).toBe(true);
  });
});

describe('a hook whose fixture times out', () => {
  let release;

  test('begins while the resource is held', async () => {
    release = await hold('hook');
  });

  describe('with a hook', () => {
    test.beforeEach(({ two }) => {
      bodies.push(two);
    }, 300);

    test('FAILS in the hook', async () => {
      bodies.push('after the hook');
    });
  });

  test('runs neither hook nor body later', async () => {
    await release();
    await sleep(300);
    expect(bodies).toEqual([]);
    expect(await isFree('hook')).toBe(true);
  });
});

describe('a body that Vitest starts after the timeout', () => {
  // Our fixture is set up before the slow one; Vitest runs the body once that is done.
  const late = base.extend(leased({ one: 'zombie' })).extend({
    slow: async ({ task: _ }, use) => {
      await sleep(700);
      await use('slow');
    },
  });

  late('FAILS while another fixture is set up', { timeout: 200 }, async ({ one, slow }) => {
    bodies.push(one, slow);
  });

  late('still holds its lease', async () => {
    expect(await isFree('zombie')).toBe(false);
    await sleep(800);
    expect(bodies).toEqual(['zombie', 'slow']);
    expect(await isFree('zombie')).toBe(false);
  });
});

afterAll(() => {});
