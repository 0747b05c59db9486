import { type Case, promises } from '../../testing/init-trial.ts';

const CASES: Case[] = [
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

promises('Jest', CASES, [
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
]);
