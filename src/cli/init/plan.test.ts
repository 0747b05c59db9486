import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPatch, parsePatch } from 'diff';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Plan, planFor } from './plan.ts';
import { write } from './write.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-init-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const put = (file: string, text: string | Buffer) => writeFileSync(join(directory, file), text);
const text = (file: string) => readFileSync(join(directory, file), 'utf8');
const plan = (): Plan => planFor(directory, join(directory, 'broker.config.mjs'));

/** The file as `init` would leave it, and would then leave it for good. */
function edited(file: string, before: string): string {
  put(file, before);
  const { changes, byHand, patch } = plan();
  expect(byHand).toEqual([]);
  expect(changes.map((each) => each.file)).toEqual([file]);
  const { after } = changes[0]!;
  expect(applyPatch(before, parsePatch(patch)[0]!)).toBe(after);
  write(directory, changes);
  expect(plan()).toMatchObject({ changes: [], there: [file, 'broker.config.mjs'], byHand: [] });
  return text(file);
}

/** Why the file is left to the person. */
function leftAlone(file: string, before: string | Buffer): string {
  put(file, before);
  const { changes, byHand } = plan();
  expect(changes).toEqual([]);
  expect(byHand).toHaveLength(1);
  return byHand[0]!;
}

/** Cases as rows: what it is, the file, its text, the text after. */
type Case = [what: string, file: string, before: string, after: string];

const VITEST: Case[] = [
  [
    'a section of several lines',
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
  },
});
`,
    `import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'ephemeral-broker/vitest',
    environment: 'node',
  },
});
`,
  ],
  [
    'a section in one line',
    'vitest.config.mjs',
    `export default { test: { globals: true } };`,
    `export default { test: { globalSetup: 'ephemeral-broker/vitest', globals: true } };`,
  ],
  [
    'an empty section',
    'vitest.config.js',
    `export default {test: {}}`,
    `export default {test: { globalSetup: 'ephemeral-broker/vitest' }}`,
  ],
  [
    'no section',
    'vitest.config.mts',
    `import { defineConfig } from "vitest/config"
export default defineConfig({
\tplugins: [], // none
})
`,
    `import { defineConfig } from "vitest/config"
export default defineConfig({
\ttest: { globalSetup: "ephemeral-broker/vitest" },
\tplugins: [], // none
})
`,
  ],
  [
    'an object without anything but a comment',
    'vitest.config.ts',
    `export default {
    // to be filled
}
`,
    `export default {
    test: { globalSetup: 'ephemeral-broker/vitest' },
    // to be filled
}
`,
  ],
  [
    'a set-up of its own, as a text',
    'vitest.config.ts',
    `export default { test: { globalSetup: './shop.ts' } }`,
    `export default { test: { globalSetup: ['ephemeral-broker/vitest', './shop.ts'] } }`,
  ],
  [
    'set-ups of its own, as a list',
    'vitest.config.ts',
    `export default {
  test: {
    globalSetup: [
      './shop.ts',
      ...others,
    ],
  },
};
`,
    `export default {
  test: {
    globalSetup: [
      'ephemeral-broker/vitest',
      './shop.ts',
      ...others,
    ],
  },
};
`,
  ],
  [
    'CommonJS',
    'vitest.config.cjs',
    `const { defineConfig } = require('vitest/config');
module.exports = defineConfig({ test: { /* all */ globals: true } });
`,
    `const { defineConfig } = require('vitest/config');
module.exports = defineConfig({ test: { globalSetup: 'ephemeral-broker/vitest', /* all */ globals: true } });
`,
  ],
  [
    'constants',
    'vitest.config.ts',
    `const test: Options = { globals: true };
const config = { test } satisfies Config;
export default defineConfig(config as Config);
`,
    `const test: Options = { globalSetup: 'ephemeral-broker/vitest', globals: true };
const config = { test } satisfies Config;
export default defineConfig(config as Config);
`,
  ],
  [
    'a merge, in which a list is joined to what is there',
    'vitest.config.ts',
    `export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      environment: 'jsdom',
    },
  }),
)
`,
    `export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      globalSetup: ['ephemeral-broker/vitest'],
      environment: 'jsdom',
    },
  }),
)
`,
  ],
  [
    'a merge with what is made elsewhere',
    'vitest.config.ts',
    `export default mergeConfig({ test: {} }, other)`,
    `export default mergeConfig({ test: { globalSetup: ['ephemeral-broker/vitest'] } }, other)`,
  ],
  [
    'helpers under other names',
    'vitest.config.ts',
    `import { defineConfig as define } from 'vitest/config';
export default define({ test: {} });
`,
    `import { defineConfig as define } from 'vitest/config';
export default define({ test: { globalSetup: 'ephemeral-broker/vitest' } });
`,
  ],
  [
    'a function',
    'vitest.config.ts',
    `export default defineConfig(({ mode }) => ({ test: { name: mode } }))`,
    `export default defineConfig(({ mode }) => ({ test: { globalSetup: 'ephemeral-broker/vitest', name: mode } }))`,
  ],
  [
    'a function with a body',
    'vitest.config.ts',
    `export default defineConfig(async () => {
  const plugins = [].map((each) => { return each; });
  return { plugins, test: {} };
});
`,
    `export default defineConfig(async () => {
  const plugins = [].map((each) => { return each; });
  return { plugins, test: { globalSetup: 'ephemeral-broker/vitest' } };
});
`,
  ],
  [
    'a function declaration',
    'vitest.config.js',
    `export default function config() { return { test: {} } }`,
    `export default function config() { return { test: { globalSetup: 'ephemeral-broker/vitest' } } }`,
  ],
  [
    'projects',
    'vitest.config.ts',
    `export default { test: { projects: ['packages/*'] } };`,
    `export default { test: { globalSetup: 'ephemeral-broker/vitest', projects: ['packages/*'] } };`,
  ],
  [
    'what is spread, and cannot be the section or the set-up',
    'vitest.config.ts',
    `const extra = { retry: 1 };
export default { ...base, test: { ...(process.env.CI && { reporters: ['dot'] }), ...extra } };
`,
    `const extra = { retry: 1 };
export default { ...base, test: { globalSetup: 'ephemeral-broker/vitest', ...(process.env.CI && { reporters: ['dot'] }), ...extra } };
`,
  ],
  [
    'a Vite config',
    'vite.config.js',
    `export default { "test": { "globals": true } };`,
    `export default { "test": { globalSetup: "ephemeral-broker/vitest", "globals": true } };`,
  ],
];

const VITE: Case[] = [
  [
    'types of Vite alone',
    'vite.config.ts',
    `import { defineConfig } from 'vite';
export default defineConfig({
  plugins: [],
});
`,
    `/// <reference types="vitest/config" />
import { defineConfig } from 'vite';
export default defineConfig({
  test: { globalSetup: 'ephemeral-broker/vitest' },
  plugins: [],
});
`,
  ],
];

const JEST: Case[] = [
  [
    'an object',
    'jest.config.js',
    `module.exports = {\n  verbose: true,\n};\n`,
    `module.exports = {\n  preset: 'ephemeral-broker',\n  verbose: true,\n};\n`,
  ],
  [
    'an empty object',
    'jest.config.cjs',
    `module.exports = {};\n`,
    `module.exports = { preset: 'ephemeral-broker' };\n`,
  ],
  [
    'what jest --init makes',
    'jest.config.ts',
    `/**
 * For a detailed explanation regarding each configuration property, visit:
 * https://jestjs.io/docs/configuration
 */

import type {Config} from 'jest';

const config: Config = {
  // All imported modules in your tests should be mocked automatically
  // automock: false,

  clearMocks: true,
};

export default config;
`,
    `/**
 * For a detailed explanation regarding each configuration property, visit:
 * https://jestjs.io/docs/configuration
 */

import type {Config} from 'jest';

const config: Config = {
  preset: 'ephemeral-broker',
  // All imported modules in your tests should be mocked automatically
  // automock: false,

  clearMocks: true,
};

export default config;
`,
  ],
  [
    'a preset of its own',
    'jest.config.js',
    `/** @type {import('jest').Config} */
const config = {
  preset: 'ts-jest',
};

module.exports = config;
`,
    `const { withBroker } = require('ephemeral-broker/jest');

/** @type {import('jest').Config} */
const config = {
  preset: 'ts-jest',
};

module.exports = withBroker(config);
`,
  ],
  [
    'an environment of its own, behind a require',
    'jest.config.js',
    `'use strict';
const path = require('node:path'); // for later
const { a } = require('./a').b;

module.exports = { testEnvironment: 'jsdom' };
`,
    `'use strict';
const path = require('node:path'); // for later
const { a } = require('./a').b;
const { withBroker } = require('ephemeral-broker/jest');

module.exports = withBroker({ testEnvironment: 'jsdom' });
`,
  ],
  [
    'directives only',
    'jest.config.js',
    `"use strict"
module.exports = { globalSetup: "./shop.js" }
`,
    `"use strict"
const { withBroker } = require("ephemeral-broker/jest")
module.exports = withBroker({ globalSetup: "./shop.js" })
`,
  ],
  [
    'projects',
    'jest.config.mjs',
    `// @ts-check
export default { projects: [{ displayName: 'a' }] };
`,
    `// @ts-check
import { withBroker } from 'ephemeral-broker/jest';

export default withBroker({ projects: [{ displayName: 'a' }] });
`,
  ],
  [
    'a function',
    'jest.config.mjs',
    `import { a } from './a.js'

export default async () => ({ verbose: a })
`,
    `import { a } from './a.js'
import { withBroker } from 'ephemeral-broker/jest'

export default withBroker(async () => ({ verbose: a }))
`,
  ],
  [
    'a function declaration',
    'jest.config.mjs',
    `import { a } from './a.js';

export default async function () {
  return { verbose: a };
}
`,
    `import { a } from './a.js';
import { withBroker } from 'ephemeral-broker/jest';

export default withBroker(async function () {
  return { verbose: a };
});
`,
  ],
  [
    'what another function makes',
    'jest.config.js',
    `const nextJest = require('next/jest');
const createJestConfig = nextJest({ dir: './' });
module.exports = createJestConfig({});
`,
    `const nextJest = require('next/jest');
const { withBroker } = require('ephemeral-broker/jest');
const createJestConfig = nextJest({ dir: './' });
module.exports = withBroker(createJestConfig({}));
`,
  ],
  [
    'what is spread',
    'jest.config.js',
    `const base = require('../jest.config');
module.exports = { ...base, verbose: true };
`,
    `const base = require('../jest.config');
const { withBroker } = require('ephemeral-broker/jest');
module.exports = withBroker({ ...base, verbose: true });
`,
  ],
  [
    'a type that it satisfies',
    'jest.config.ts',
    `export default {
  preset: 'ts-jest',
} satisfies JestConfigWithTsJest;
`,
    `import { withBroker } from 'ephemeral-broker/jest';

export default withBroker({
  preset: 'ts-jest',
} satisfies JestConfigWithTsJest);
`,
  ],
  [
    'export =',
    'jest.config.cts',
    `const config = { preset: 'ts-jest' };
export = config;
`,
    `import { withBroker } from 'ephemeral-broker/jest';

const config = { preset: 'ts-jest' };
export = withBroker(config);
`,
  ],
  [
    'package.json',
    'package.json',
    `{
    "name": "shop",
    "jest": {
        "verbose": true
    },
    "devDependencies": { "ephemeral-broker": "^0.1.0" }
}
`,
    `{
    "name": "shop",
    "jest": {
        "preset": "ephemeral-broker",
        "verbose": true
    },
    "devDependencies": { "ephemeral-broker": "^0.1.0" }
}
`,
  ],
  [
    'JSON with an environment of Jest’s',
    'jest.config.json',
    `{ "testEnvironment": "jsdom" }`,
    `{ "preset": "ephemeral-broker", "testEnvironment": "ephemeral-broker/jest/jsdom" }`,
  ],
  ['JSON', 'jest.config.json', `{}`, `{ "preset": "ephemeral-broker" }`],
  ['JSON of two lines', 'jest.config.json', `{\n}\n`, `{\n  "preset": "ephemeral-broker"\n}\n`],
];

const PLAYWRIGHT: Case[] = [
  [
    'defineConfig',
    'playwright.config.ts',
    `import { defineConfig, devices } from '@playwright/test';

/**
 * See https://playwright.dev/docs/test-configuration.
 */
export default defineConfig({
  testDir: './tests',
});
`,
    `import { defineConfig, devices } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

/**
 * See https://playwright.dev/docs/test-configuration.
 */
export default withBroker(defineConfig({
  testDir: './tests',
}));
`,
  ],
  [
    'CommonJS',
    'playwright.config.js',
    `// @ts-check
const { defineConfig } = require('@playwright/test');

module.exports = defineConfig({});
`,
    `// @ts-check
const { defineConfig } = require('@playwright/test');
const { withBroker } = require('ephemeral-broker/playwright');

module.exports = withBroker(defineConfig({}));
`,
  ],
  [
    'a name, and parentheses',
    'playwright.config.ts',
    `import type { PlaywrightTestConfig } from '@playwright/test';
const config: PlaywrightTestConfig = {};
config.retries = 2;
export default (config);
`,
    `import type { PlaywrightTestConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';
const config: PlaywrightTestConfig = {};
config.retries = 2;
export default (withBroker(config));
`,
  ],
  [
    'an import that does nothing yet',
    'playwright.config.ts',
    `import { withBroker as shared } from 'ephemeral-broker/playwright';
export default {};
`,
    `import { withBroker as shared } from 'ephemeral-broker/playwright';
export default shared({});
`,
  ],
];

const WDIO: Case[] = [
  [
    'no services',
    'wdio.conf.ts',
    `export const config: WebdriverIO.Config = {
  runner: 'local',
};
`,
    `import { BrokerService } from 'ephemeral-broker/wdio';

export const config: WebdriverIO.Config = {
  services: [[BrokerService, {}]],
  runner: 'local',
};
`,
  ],
  [
    'services of its own',
    'wdio.conf.js',
    `import { join } from 'node:path'
export const config = {
  services: ['visual', ...others],
}
`,
    `import { join } from 'node:path'
import { BrokerService } from 'ephemeral-broker/wdio'
export const config = {
  services: [[BrokerService, {}], 'visual', ...others],
}
`,
  ],
  [
    'CommonJS',
    'wdio.conf.cjs',
    `const { join } = require('node:path');
exports.config = { services: [] };
`,
    `const { join } = require('node:path');
const { BrokerService } = require('ephemeral-broker/wdio');
exports.config = { services: [[BrokerService, {}]] };
`,
  ],
  [
    'module.exports.config',
    'wdio.conf.js',
    `module.exports.config = {};
`,
    `const { BrokerService } = require('ephemeral-broker/wdio');

module.exports.config = { services: [[BrokerService, {}]] };
`,
  ],
  [
    'module.exports with a config',
    'wdio.conf.js',
    `const config = {};
module.exports = { config };
`,
    `const { BrokerService } = require('ephemeral-broker/wdio');

const config = { services: [[BrokerService, {}]] };
module.exports = { config };
`,
  ],
  [
    'an export of a name',
    'wdio.conf.js',
    `const mine = { ...base, services: [] };
export { mine as config };
`,
    `import { BrokerService } from 'ephemeral-broker/wdio';

const mine = { ...base, services: [[BrokerService, {}]] };
export { mine as config };
`,
  ],
];

describe.each([
  ['Vitest', VITEST],
  ['Jest', JEST],
  ['Playwright', PLAYWRIGHT],
  ['WebdriverIO', WDIO],
])('a config of %s gets the line, once', (_, cases) => {
  test.each(cases)('%s (%s)', (_what, file, before, after) => {
    expect(edited(file, before)).toBe(after);
  });

  test.each(cases)('%s (%s), with CRLF and a byte order mark', (_what, file, before, after) => {
    const dos = (unix: string) => `\ufeff${unix.replaceAll('\n', '\r\n')}`;
    expect(edited(file, dos(before))).toBe(dos(after));
  });
});

test.each(VITE)(
  'a config of Vite’s gets a section, where Vitest is there: %s',
  (_, file, before, after) => {
    put(file, before);
    expect(plan()).toMatchObject({ changes: [], byHand: [] });
    put('package.json', '{ "devDependencies": { "vitest": "^4" } }');
    expect(edited(file, before)).toBe(after);
  },
);

describe('a config is left alone, and the person is told where and what to add', () => {
  test.each([
    ['vitest.config.ts', `\nexport default { ...base };`, ':2 is left to you', 'what is spread'],
    ['vitest.config.ts', `export default { test: {}, ...base };`, ':1', `may have 'test'`],
    ['vitest.config.ts', `export default { test: { ...base } };`, ':1', `'globalSetup'`],
    ['vitest.config.ts', `export default { [name]: {} };`, ':1', 'a computed name'],
    ['vitest.config.ts', `export default { test: base };`, ':1', `'base' is made elsewhere`],
    ['vitest.config.ts', `export default { test: base() };`, ':1', `'test' is no plain object`],
    ['vitest.config.ts', `export default { test() {} };`, ':1', `'test' is a method`],
    [
      'vitest.config.ts',
      `export default { test: { globalSetup: a + b } };`,
      ':1',
      'neither a text',
    ],
    ['vitest.config.ts', `export default make({ test: {} });`, ':1', 'a call makes the config'],
    ['vitest.config.ts', `export default mergeConfig(a, b);`, ':1', `'a' is made elsewhere`],
    [
      'vitest.config.ts',
      `export default () => { if (ci) return { test: {} }; return {}; };`,
      ':1',
      'in more than one way',
    ],
    [
      'vitest.config.ts',
      `const c = { test: {} };\nc.test.globalSetup = 'x';\nexport default c;`,
      ':3',
      `'c' is used more than once`,
    ],
    ['vitest.config.ts', `let c = { test: {} };\nexport default c;`, ':2', `'c' is made elsewhere`],
    ['vitest.config.ts', `export default {`, 'it cannot be parsed (line 1)', 'globalSetup'],
    ['vitest.config.ts', `export const test = {};`, 'no single `export default`', 'globalSetup'],
    [
      'jest.config.js',
      `module.exports = {};\nmodule.exports.preset = 'x';`,
      'no single',
      'withBroker(…)',
    ],
    [
      'jest.config.js',
      `const withBroker = 1;\nmodule.exports = { preset: 'x' };`,
      `'withBroker' is something else there`,
      `'ephemeral-broker/jest'`,
    ],
    ['jest.config.json', `{ "preset": "ts-jest" }`, ':1 is left', 'jest.config.cjs'],
    ['jest.config.json', `{ preset: 1 }`, 'cannot be parsed', 'jest.config.cjs'],
    [
      'package.json',
      `{\n"jest": { "testEnvironment": "./mine.js" } }`,
      'package.json:2 is left',
      'its section "jest"',
    ],
    ['package.json', `{ "jest": "./jest.json" }`, 'package.json is left', 'its section "jest"'],
    [
      'playwright.config.ts',
      `export default class {}`,
      'no single',
      `'ephemeral-broker/playwright'`,
    ],
    ['wdio.conf.ts', `export const config = { ...base };`, `'services'`, '[BrokerService, {}]'],
    ['wdio.conf.ts', `export const config = make();`, 'not written out', '[BrokerService, {}]'],
    ['wdio.conf.ts', `export const config = { services: s() };`, 'no list', '[BrokerService, {}]'],
    [
      'wdio.conf.ts',
      `export { config } from './base';`,
      `export of 'config'`,
      '[BrokerService, {}]',
    ],
    [
      'wdio.conf.ts',
      `export const config = {};\nconfig.services = [];`,
      `export of 'config'`,
      '[BrokerService, {}]',
    ],
  ])('%s: %s', (file, before, where, what) => {
    const told = leftAlone(file, before);
    expect(told).toContain(file);
    expect(told).toContain(where);
    expect(told).toContain(what);
    expect(text(file)).toBe(before);
  });

  test('that is not UTF-8, which would not survive', () => {
    const latin = Buffer.from('export default { test: {} }; // caf\xe9', 'latin1');
    expect(leftAlone('vitest.config.js', latin)).toContain('it is not UTF-8');
  });
});

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
