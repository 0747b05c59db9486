import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, describe, expect } from 'vitest';
import { isFree, sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(leased({ slot: 'many', turn: 'queue' }));

describe('tests that run at once', () => {
  const held = [];

  for (const n of [1, 2, 3, 4]) {
    test.concurrent(`hold their own (${n})`, async ({ slot }) => {
      held.push(slot);
      while (held.length < 4) await sleep(5);
    });
  }

  test('held four', () => expect(held.sort()).toEqual([0, 1, 2, 3]));
});

describe('tests that run at once, more than there are resources', () => {
  let active = 0;

  for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test.concurrent(`take turns (${n})`, async ({ turn, expect }) => {
      expect(turn).toBe('queue');
      expect(++active).toBe(1);
      await sleep(20);
      active--;
    });
  }
});

describe('other ways to run a test', () => {
  const values = [];

  test('repeats', { repeats: 2 }, async ({ turn }) => {
    values.push(turn);
    expect(await isFree('queue')).toBe(false);
  });

  test('retries', { retry: 2 }, async ({ turn }) => {
    values.push(turn);
    expect(values).toHaveLength(6);
  });

  test.skip('skipped', ({ turn }) => expect.unreachable(turn));

  test('skips itself', ({ turn, skip }) => {
    expect(turn).toBe('queue');
    skip();
  });

  test.for([1, 2])('for %i', (n, { turn }) => expect([n, turn]).toEqual([n, 'queue']));

  test.fails('fails', ({ turn }) => expect(turn).toBe('nothing'));

  describe('hooks', () => {
    test.beforeEach(({ turn }) => values.push(`before ${turn}`));
    test.afterEach(({ turn }) => values.push(`after ${turn}`));

    test('see the same', async ({ turn }) => {
      expect(values.at(-1)).toBe(`before ${turn}`);
      expect(await isFree('queue')).toBe(false);
    });

    test('saw it', () => expect(values.at(-2)).toBe('after queue'));
  });

  describe('around', () => {
    let after;

    describe('a test', () => {
      test.aroundEach(async (runTest, { turn }) => {
        await runTest();
        after = [turn, await isFree('queue')];
      });

      test('with its own hook', ({ turn }) => expect(turn).toBe('queue'));
    });

    test('it was held to the end of the hook', () => expect(after).toEqual(['queue', false]));
  });

  test('all is freed', async () => expect(await isFree('queue')).toBe(true));
});

test('FAILS by the loss of its lease', async ({ broker }) => {
  await broker.lease('many', { ttl: 100 });
  const until = performance.now() + 400;
  while (performance.now() < until);
});
