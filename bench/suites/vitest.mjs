export const dependencies = { vitest: '4.1.12' };
export const command = ['vitest/vitest.mjs', 'run'];

/** @type {(broker: boolean) => Record<string, string>} */
export const config = (broker) => ({
  'vitest.config.mjs': `export default { test: { maxWorkers: 2, ${
    broker ? "globalSetup: 'ephemeral-broker/vitest'" : ''
  } } };`,
  'fixtures.mjs': broker
    ? `import { leased } from 'ephemeral-broker/vitest';
       import { test as base } from 'vitest';
       export const test = base.extend(leased({ account: 'accounts' }));`
    : `import { test as base } from 'vitest';
       import broker from './broker.config.mjs';
       const { accounts } = broker.pools;
       export const test = base.extend({
         account: async ({}, use) => use(accounts[process.env.VITEST_POOL_ID % accounts.length]),
       });`,
});

/** @type {(tests: string) => string} */
export const file = (tests) => `import { expect } from 'vitest';
import { test } from './fixtures.mjs';
import { work } from './work.mjs';

${tests}`;
export const fileName = 'NAME.test.mjs';
export const argument = '{ account }';
