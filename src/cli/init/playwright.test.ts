import { type Case, promises } from '../../testing/init-trial.ts';

const CASES: Case[] = [
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

promises('Playwright', CASES, [
  ['playwright.config.ts', `export default class {}`, 'no single', `'ephemeral-broker/playwright'`],
]);
