export const dependencies = { '@playwright/test': '1.65.1' };
export const command = ['@playwright/test/cli.js', 'test'];

/** @type {(broker: boolean) => Record<string, string>} */
export const config = (broker) => ({
  'playwright.config.mjs': `export default { workers: 2, fullyParallel: false, reporter: 'dot', ${
    broker ? "globalSetup: 'ephemeral-broker/playwright'" : ''
  } };`,
  'fixtures.mjs': broker
    ? `import { leased } from 'ephemeral-broker/playwright';
       import { test as base } from '@playwright/test';
       export const test = base.extend(leased({ account: 'accounts' }));`
    : `import { test as base } from '@playwright/test';
       import broker from './broker.config.mjs';
       const { accounts } = broker.pools;
       export const test = base.extend({
         account: async ({}, use, { parallelIndex }) => use(accounts[parallelIndex]),
       });`,
});

/** @type {(tests: string) => string} */
export const file = (tests) => `import { expect } from '@playwright/test';
import { test } from './fixtures.mjs';
import { work } from './work.mjs';

${tests}`;
export const fileName = 'NAME.spec.mjs';
export const argument = '{ account }';
