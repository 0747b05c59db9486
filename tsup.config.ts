import { copyFileSync, readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What modules import on demand, and the file of dist/ that it is. Set-ups import configs, so they are ES modules. */
const ON_DEMAND: Record<string, string> = {
  './broker.ts': './broker',
  '../integrations/vitest.ts': './vitest-setup.js',
  '../integrations/playwright.ts': './playwright-setup.js',
  '../src/client/connect.ts': './index',
  './vitest/prepare.ts': './vitest-prepare',
};

/**
 * Each file of dist/ is whole in itself, since every further file costs a worker as much to load as
 * all of the client. Only what is imported on demand is a file of its own.
 */
const onDemand = (extension: string): Plugin => ({
  name: 'on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = ON_DEMAND[path];
      if (!file) throw new Error(`${path} is imported on demand: add it to the entries`);
      return { path: file.endsWith('.js') ? file : file + extension, external: true };
    });
  },
});

const shared: Options = {
  platform: 'node',
  target: 'node20',
  splitting: false,
  define: { __VERSION__: JSON.stringify(version) },
  external: ['vitest', '@playwright/test'],
};

const esm: Options = {
  ...shared,
  format: 'esm',
  entry: {
    index: 'src/index.ts',
    broker: 'src/broker/broker.ts',
    cli: 'src/cli/main.ts',
    vitest: 'fixtures/vitest.ts',
    'vitest-hooks': 'fixtures/vitest-hooks.ts',
    'vitest-prepare': 'fixtures/vitest/prepare.ts',
    'vitest-setup': 'integrations/vitest.ts',
    playwright: 'fixtures/playwright.ts',
    'playwright-setup': 'integrations/playwright.ts',
  },
  esbuildPlugins: [onDemand('.js')],
  // See fixtures/vitest-hooks.ts.
  onSuccess: async () => copyFileSync('dist/vitest-hooks.js', 'dist/vitest-hooks.mts'),
};

const cjs: Options = {
  ...shared,
  format: 'cjs',
  entry: {
    index: 'src/index.ts',
    broker: 'src/broker/broker.ts',
    vitest: 'fixtures/vitest-required.ts',
  },
  esbuildPlugins: [onDemand('.cjs')],
  // The realms in which runners evaluate CommonJS know no import().
  esbuildOptions: (options) => {
    options.supported = { 'dynamic-import': false };
  },
};

/** What Node itself evaluates, with its `import()`. */
const cjsForNode: Options = {
  ...shared,
  format: 'cjs',
  entry: { playwright: 'fixtures/playwright.ts' },
  esbuildPlugins: [onDemand('.cjs')],
  // It has a `__filename` instead.
  esbuildOptions: (options) => {
    options.logOverride = { 'empty-import-meta': 'silent' };
  },
};

export default defineConfig([esm, cjs, cjsForNode]);
