// The suites whose runs are foretold.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `base`: the size of the pool in the runs that are replayed; `sizes`: those that are tried.
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about
 * @property {string} pool
 * @property {number} base
 * @property {number[]} sizes
 * @property {(cwd: string) => void} lay
 * @property {(cwd: string, size: number) => void} give
 * @property {string[]} command
 */

/** @type {Suite[]} */
export const SUITES = [
  {
    name: 'short',
    about: '12 files of 24 short tests, one scarce pool; 6 workers',
    pool: 'accounts',
    base: 1,
    sizes: [1, 2, 3, 6],
    ...waiting({
      tests: 24,
      others: {},
      body: () => `await sleep(10); await broker.lease('accounts'); await sleep(40);`,
    }),
  },
  {
    name: 'long',
    about: '12 files of 4 long tests, two pools; 6 workers',
    pool: 'accounts',
    base: 2,
    sizes: [1, 2, 3, 6],
    ...waiting({
      tests: 4,
      others: { tenants: 3 },
      body: (n) => `await sleep(${100 + (n % 3) * 100});
      await broker.lease('accounts'); await sleep(200);
      await broker.lease('tenants'); await sleep(${200 + (n % 4) * 50});`,
    }),
  },
  {
    name: 'demo',
    about: 'the shop: 8 files of 3 tests, of which passwords keep the processors busy; 8 workers',
    pool: 'accounts',
    base: 5,
    sizes: [3, 4, 5, 6, 8],
    lay(cwd) {
      const shop = fileURLToPath(new URL('../../examples/shop', import.meta.url));
      // It extends the one of this repository.
      cpSync(shop, cwd, { recursive: true, filter: (path) => !path.endsWith('tsconfig.json') });
    },
    give(cwd, size) {
      const accounts = made(size, (i) => ({ name: `customer ${i}`, password: `password ${i}` }));
      writeFileSync(
        join(cwd, 'accounts.mjs'),
        `export const accounts = ${JSON.stringify(accounts)};`,
      );
    },
    command: ['vitest/vitest.mjs', 'run', '--config', 'vitest.with.config.ts'],
  },
];

/**
 * Tests that wait for something else than this machine, as most do that need a pool. `body`: by the
 * number of the file.
 *
 * @param {{ tests: number, others: Record<string, number>, body: (n: number) => string }} shape
 * @returns {Pick<Suite, 'lay' | 'give' | 'command'>}
 */
function waiting({ tests, others, body }) {
  return {
    lay(cwd) {
      mkdirSync(cwd);
      const config = {
        test: { maxWorkers: 6, testTimeout: 60_000, globalSetup: 'ephemeral-broker/vitest' },
      };
      writeFileSync(join(cwd, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};`);
      const head = `import { setTimeout as sleep } from 'node:timers/promises';
import { test as base } from 'vitest';
import { brokerFixtures } from 'ephemeral-broker/vitest';
const test = base.extend(brokerFixtures);\n`;
      for (let n = 0; n < 12; n++) {
        const all = made(
          tests,
          (i) => `test('works ${i}', async ({ broker }) => {\n${body(n)}\n});`,
        );
        writeFileSync(join(cwd, `file-${n}.test.mjs`), head + all.join('\n'));
      }
    },
    give(cwd, size) {
      const sizes = Object.entries({ accounts: size, ...others });
      const pools = Object.fromEntries(
        sizes.map(([name, size]) => [name, made(size, (i) => `${name} ${i}`)]),
      );
      writeFileSync(join(cwd, 'broker.config.mjs'), `export default ${JSON.stringify({ pools })};`);
    },
    command: ['vitest/vitest.mjs', 'run'],
  };
}

/** @type {<T>(length: number, make: (i: number) => T) => T[]} */
function made(length, make) {
  return Array.from({ length }, (_, i) => make(i));
}
