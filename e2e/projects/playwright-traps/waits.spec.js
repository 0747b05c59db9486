import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { hold, sleep } from './held.js';

const test = base.extend(brokerFixtures).extend(leased({ one: 'fixture', lone: 'lone' }));
const WAIT = 1_500;

test.describe.configure({ mode: 'parallel' });

test.describe('a wait longer than the timeout', () => {
  // Nothing that is left of the second is needed: each has most of its own time still before it.
  const halfOfIt = () => sleep(500);

  test.describe(() => {
    test.beforeEach(() => hold('fixture', WAIT));
    test('in a fixture', async ({ one }) => {
      expect(one).toBe('fixture');
      await halfOfIt();
    });
  });

  test('in the body', async ({ lease }) => {
    await hold('body', WAIT);
    expect((await lease('body')).value).toBe('body');
    await halfOfIt();
  });

  test.describe(() => {
    test.beforeEach(async ({ lease }) => {
      await hold('hook', WAIT);
      await lease('hook');
    });
    test('in a hook before it', halfOfIt);
  });

  test.describe(() => {
    test.afterEach(async ({ lease }) => {
      await hold('after', WAIT);
      await lease('after');
    });
    test('in a hook after it', halfOfIt);
  });

  test.describe(() => {
    test.beforeAll(async ({ lease }) => {
      await hold('all', WAIT);
      await lease('all');
    });
    test('in a hook before all', halfOfIt);
  });

  test('several at once', async ({ lease, broker }) => {
    await hold('many1', WAIT / 2);
    await hold('many2', WAIT);
    await Promise.all([lease('many1'), broker.withLease('many2', () => {})]);
    expect(test.info().timeout).toBeGreaterThanOrEqual(1_000 + WAIT - 50);
    expect(test.info().timeout).toBeLessThan(1_000 + 2 * WAIT);
    await halfOfIt();
  });

  test('of a slow test', async ({ lease }) => {
    test.slow();
    await hold('slow', WAIT);
    await lease('slow');
    expect(test.info().timeout).toBeGreaterThanOrEqual(3_000 + WAIT - 50);
  });

  test('of one that sets its timeout meanwhile', async ({ lease }) => {
    await hold('set', WAIT);
    const waiting = lease('set');
    test.setTimeout(7_000);
    await waiting;
    expect(test.info().timeout).toBeGreaterThanOrEqual(7_000 + WAIT - 50);
  });

  const inFixture = test.extend({
    own: [
      async ({ lease }, use) => {
        await hold('own', WAIT);
        await use((await lease('own')).value);
      },
      { timeout: 500 },
    ],
    endless: [
      async ({ lease }, use) => {
        await hold('endless', WAIT);
        await lease('endless');
        await sleep(1_500);
        await use();
      },
      { timeout: 0 },
    ],
  });

  inFixture('in a fixture with a time of its own', async ({ own }) => {
    expect(own).toBe('own');
    expect(test.info().timeout).toBe(1_000);
  });

  inFixture('in a fixture without a limit, which has none after it', async ({ endless }) => {
    expect(endless).toBeUndefined();
  });
});

test('a grant at once changes no timeout, and is no step', async ({ lease }) => {
  await lease('lone');
  expect(test.info().timeout).toBe(1_000);
});

test('FAILS by its own time after a wait', async ({ lease }) => {
  await hold('tight', WAIT);
  await lease('tight');
  await sleep(60_000);
});

test('FAILS by a wait in vain, with who holds it', async ({ lease }) => {
  const { release } = await hold('vain');
  try {
    await lease('vain', { timeout: 1_200 });
  } finally {
    release();
  }
});
