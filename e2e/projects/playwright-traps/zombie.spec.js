import { appendFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';
import { sleep } from './held.js';

const test = base
  .extend(brokerFixtures)
  .extend(leased({ account: 'zombie' }))
  .extend({
    slowly: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads it
      async ({}, use) => {
        await use();
        await sleep(400);
      },
      { scope: 'worker' },
    ],
  });

test.describe.configure({ mode: 'parallel' });

/** Uses the account for as long as anything runs in this process. */
function useOn(account) {
  setInterval(() => appendFileSync('uses.txt', `${process.pid} ${account}\n`), 5);
}

for (const n of [1, 2]) {
  test(`FAILS while its body goes on ${n}`, async ({ account, broker, slowly }) => {
    useOn(account);
    setTimeout(async () => {
      await broker.lease('tenants').catch(({ code }) => appendFileSync('zombie.txt', `${code}\n`));
    }, 1_150);
    await sleep(60_000, slowly);
  });

  test(`FAILS by an error outside of it ${n}`, async ({ lease, slowly }) => {
    useOn((await lease('zombie')).value);
    setTimeout(() => Promise.reject(new Error('nobody hears this')), 50);
    await sleep(60_000, slowly);
  });

  test(`is meant to fail, and FAILS by an error outside of it ${n}`, async ({
    account,
    slowly,
  }) => {
    test.fail();
    useOn(account);
    setTimeout(() => Promise.reject(new Error('nobody hears this')), 50);
    await sleep(60_000, slowly);
  });
}
