import { expect, test } from 'vitest';
import { type Case, edited, plan, promises, put } from '../../testing/init-trial.ts';

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

const CASES: Case[] = [
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

promises('Vitest', CASES, [
  ['vitest.config.ts', `\nexport default { ...base };`, ':2 is left to you', 'what is spread'],
  ['vitest.config.ts', `export default { test: {}, ...base };`, ':1', `may have 'test'`],
  ['vitest.config.ts', `export default { test: { ...base } };`, ':1', `'globalSetup'`],
  ['vitest.config.ts', `export default { [name]: {} };`, ':1', 'a computed name'],
  ['vitest.config.ts', `export default { test: base };`, ':1', `'base' is made elsewhere`],
  ['vitest.config.ts', `export default { test: base() };`, ':1', `'test' is no plain object`],
  ['vitest.config.ts', `export default { test() {} };`, ':1', `'test' is a method`],
  ['vitest.config.ts', `export default { test: { globalSetup: a + b } };`, ':1', 'neither a text'],
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
]);

test.each(VITE)(
  'a config of Vite’s gets a section, where Vitest is there: %s',
  (_, file, before, after) => {
    put(file, before);
    expect(plan()).toMatchObject({ changes: [], byHand: [] });
    put('package.json', '{ "devDependencies": { "vitest": "^4" } }');
    expect(edited(file, before)).toBe(after);
  },
);
