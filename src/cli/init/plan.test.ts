import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory } from '../../testing/directory.ts';
import { leftAlone, plan, put } from '../../testing/init-trial.ts';
import { planFor } from './plan.ts';
import { write } from './write.ts';

describe('the broker is not taken to be there for', () => {
  test.each([
    [
      'a comment',
      'vitest.config.js',
      `export default { test: {} }; // globalSetup: 'ephemeral-broker/vitest'`,
    ],
    [
      'an import',
      'vitest.config.js',
      `import {} from 'ephemeral-broker/vitest';\nexport default { test: {} };`,
    ],
    [
      'a require',
      'jest.config.js',
      `const { withBroker } = require('ephemeral-broker/jest');\nmodule.exports = {};`,
    ],
  ])('%s', (_, file, before) => {
    put(file, before);
    expect(plan().changes.map((each) => each.file)).toEqual([file]);
  });
});

describe('the broker is taken to be there by', () => {
  test.each([
    ['playwright.config.js', `export default { globalSetup: ['ephemeral-broker/playwright'] };`],
    ['jest.config.js', `module.exports = { testEnvironment: 'ephemeral-broker/jest/node' };`],
    [
      'jest.config.js',
      `const jest = 1, { withBroker: w } = require('ephemeral-broker/jest');\nmodule.exports = w({});`,
    ],
  ])('%s: %s', (file, before) => {
    put(file, before);
    expect(plan()).toMatchObject({ changes: [], there: [file, 'broker.config.mjs'], byHand: [] });
  });
});

test('a config that is not UTF-8, and would not survive, is left alone', () => {
  const latin = Buffer.from('export default { test: {} }; // caf\xe9', 'latin1');
  expect(leftAlone('vitest.config.js', latin)).toContain('it is not UTF-8');
});

test('a config that cannot be read is left alone', () => {
  mkdirSync(join(directory, 'vitest.config.ts'));
  expect(plan()).toMatchObject({
    changes: [],
    byHand: [
      expect.stringContaining('vitest.config.ts is left to you: it cannot be read (EISDIR)'),
    ],
  });
});

describe('a project', () => {
  test('with no config of a runner is no project of ours: it gets no broker.config either', () => {
    put('package.json', '{ "devDependencies": { "mocha": "1" } }');
    const nothing = { changes: [], there: [], byHand: [], patch: '' };
    expect(planFor(directory, undefined)).toEqual(nothing);
    put('package.json', 'no JSON');
    expect(planFor(directory, undefined)).toEqual(nothing);
    expect(planFor(directory, join(directory, 'broker.config.mjs'))).toEqual(nothing);
  });

  test('without a broker.config gets one, in which nothing is leased yet', () => {
    put('vitest.config.js', `export default { test: { globalSetup: 'ephemeral-broker/vitest' } };`);
    const { changes, patch } = planFor(directory, undefined);
    expect(changes.map(({ file }) => file)).toEqual(['broker.config.mjs']);
    expect(patch).toMatch(/^--- \/dev\/null\n\+\+\+ b\/broker\.config\.mjs\n@@ -0,0 \+1,/);
  });

  test('with all runners gets each its line', () => {
    put('vitest.config.ts', 'export default {};');
    put('vite.config.ts', 'export default { test: {} };');
    put('jest.config.js', 'module.exports = {};');
    put('playwright.config.ts', 'export default {};');
    put('wdio.conf.ts', 'export const config = {};');
    expect(plan().changes.map(({ file }) => file)).toEqual([
      'vitest.config.ts',
      'jest.config.js',
      'playwright.config.ts',
      'wdio.conf.ts',
    ]);
  });

  test('that names a runner, and has no config of it, gets one where that is all it needs', () => {
    put(
      'package.json',
      '{ "dependencies": { "vitest": "4" }, "devDependencies": { "jest": "30", "@wdio/cli": "9" } }',
    );
    const { changes, byHand } = plan();
    expect(changes.map(({ file }) => file)).toEqual(['vitest.config.mjs', 'jest.config.cjs']);
    expect(byHand).toEqual([expect.stringContaining('there is no wdio.conf.* here')]);
    write(directory, changes);
    expect(plan()).toMatchObject({ changes: [] });
  });

  test.each([
    ['vitest.workspace.ts', 'export default [];', '{ "devDependencies": { "vitest": "3" } }'],
    ['pnpm-workspace.yaml', '', '{ "devDependencies": { "vitest": "3" } }'],
    ['x', '', '{ "workspaces": ["a"], "devDependencies": { "vitest": "3" } }'],
  ])('that has its configs elsewhere gets none: %s', (file, content, manifest) => {
    put(file, content);
    put('package.json', manifest);
    expect(plan()).toMatchObject({ changes: [], byHand: [expect.stringContaining('globalSetup')] });
  });
});
