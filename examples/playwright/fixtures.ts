import { type Browser, test as base } from '@playwright/test';
import { createFixtures } from 'ephemeral-broker/playwright';
import type broker from './broker.config.mjs';

export { expect } from '@playwright/test';

const { brokerFixtures, leased } = createFixtures<typeof broker>();

/** Under which the broker keeps an account's login. */
export const loginOf = ({ name }: { name: string }): string => `login:${name}`;

export const test = base
  .extend(brokerFixtures)
  .extend(leased({ account: 'accounts' }))
  .extend({
    // Whoever holds the account is alone with it: it is logged in once, and nobody races for that.
    storageState: async ({ account, broker, browser, baseURL }, use) => {
      let state = await broker.get(loginOf(account));
      if (!state) {
        state = await logIn(browser, baseURL, account);
        await broker.set(loginOf(account), state);
      }
      await use(state);
    },
  });

async function logIn(
  browser: Browser,
  shop = '',
  { name, password }: { name: string; password: string },
) {
  const page = await browser.newPage();
  await page.goto(`${shop}/login`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: `Hello, ${name}` }).waitFor();
  const state = await page.context().storageState();
  await page.close();
  return state;
}
