import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { page } from './scripts/page.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What modules import on demand, and the file of dist/ that it is. Set-ups import configs, so they are ES modules. */
const ON_DEMAND: Record<string, string> = {
  './broker.ts': 'broker',
  '../report/journal-html.ts': 'report',
  '../integrations/vitest.ts': 'vitest-setup.js',
  './jest.ts': 'jest/build/main.js',
  '../integrations/playwright.ts': 'playwright-setup.js',
  '../../integrations/wdio.ts': 'wdio-setup.js',
  '../src/client/connect.ts': 'index',
  './vitest/prepare.ts': 'vitest-prepare',
  './init/plan.ts': 'init',
};

/**
 * Each file of dist/ is whole in itself, since every further file costs a worker as much to load as
 * all of the client. Only what is imported on demand is a file of its own.
 */
const onDemand = (extension: string, from = ''): Plugin => ({
  name: 'on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) => {
      if (kind !== 'dynamic-import') return undefined;
      if (!ON_DEMAND[path]) throw new Error(`${path} is imported on demand: add it to the entries`);
      const file = posix.relative(from, ON_DEMAND[path]);
      return {
        path: `${file.startsWith('.') ? '' : './'}${file}${posix.extname(file) ? '' : extension}`,
        external: true,
      };
    });
  },
});

/** Writes down whose code was taken in, and on which terms. */
const licences = (file: string): Plugin => ({
  name: 'licences',
  setup({ onEnd }) {
    onEnd(({ metafile }) => {
      const places = Object.keys(metafile!.inputs).flatMap(
        (input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
      );
      const texts = [...new Set(places)].sort().map((place) => {
        const manifest = JSON.parse(readFileSync(`${place}/package.json`, 'utf8'));
        const terms = readFileSync(`${place}/LICENSE`, 'utf8').trim();
        return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${terms}\n`;
      });
      writeFileSync(file, texts.join('\n---\n\n'));
    });
  },
});

const shared: Options = {
  platform: 'node',
  target: 'node20',
  splitting: false,
  define: { __VERSION__: JSON.stringify(version), __PAGE__: page() },
  external: ['vitest', '@playwright/test'],
};

const esm: Options = {
  ...shared,
  format: 'esm',
  entry: {
    index: 'src/index.ts',
    broker: 'src/broker/broker.ts',
    report: 'src/report/journal-html.ts',
    cli: 'src/cli/main.ts',
    vitest: 'fixtures/vitest.ts',
    'vitest-hooks': 'fixtures/vitest-hooks.ts',
    'vitest-prepare': 'fixtures/vitest/prepare.ts',
    'vitest-setup': 'integrations/vitest.ts',
    playwright: 'fixtures/playwright.ts',
    'playwright-setup': 'integrations/playwright.ts',
    'playwright-reporter': 'integrations/playwright-reporter.ts',
    wdio: 'fixtures/wdio.ts',
    'wdio-mocha': 'fixtures/wdio/mocha-hooks.ts',
    'wdio-setup': 'integrations/wdio.ts',
    'aws-sts': 'src/plugins/aws-sts.ts',
  },
  esbuildPlugins: [onDemand('.js')],
  // See fixtures/vitest-hooks.ts.
  onSuccess: async () => copyFileSync('dist/vitest-hooks.js', 'dist/vitest-hooks.mts'),
};

/** With the packages that it is made of: they are not installed beside it. */
const init: Options = {
  ...shared,
  format: 'esm',
  entry: { init: 'src/cli/init/plan.ts' },
  minify: true,
  esbuildPlugins: [licences('dist/init.licences.txt')],
};

const cjs: Options = {
  ...shared,
  format: 'cjs',
  entry: {
    index: 'src/index.ts',
    broker: 'src/broker/broker.ts',
    report: 'src/report/journal-html.ts',
    vitest: 'fixtures/vitest-required.ts',
  },
  esbuildPlugins: [onDemand('.cjs')],
  // The realms in which runners evaluate CommonJS know no import().
  esbuildOptions: (options) => {
    options.supported = { 'dynamic-import': false };
  },
};

/** Jest leaves out of stacks what lies in a place of such a name. */
const JEST = 'jest/build';

const jestFace = {
  [`${JEST}/index`]: 'fixtures/jest.ts',
  [`${JEST}/globals`]: 'fixtures/jest-globals.ts',
};

const jestEsm: Options = {
  ...shared,
  format: 'esm',
  entry: { ...jestFace, [`${JEST}/main`]: 'integrations/jest.ts' },
  esbuildPlugins: [onDemand('.js', JEST)],
};

/** Jest requires what its config names. */
const jestCjs: Options = {
  ...shared,
  format: 'cjs',
  entry: {
    ...jestFace,
    [`${JEST}/node`]: 'fixtures/jest-node.ts',
    [`${JEST}/jsdom`]: 'fixtures/jest-jsdom.ts',
  },
  esbuildPlugins: [onDemand('.cjs', JEST)],
  esbuildOptions: cjs.esbuildOptions!,
};

const jestHooks: Options = {
  ...shared,
  format: 'cjs',
  entry: {
    [`${JEST}/setup`]: 'integrations/jest-setup.ts',
    [`${JEST}/teardown`]: 'integrations/jest-teardown.ts',
  },
  esbuildPlugins: [onDemand('.js', JEST)],
};

/** What Node itself evaluates, with its `import()`. */
const cjsForNode: Options = {
  ...shared,
  format: 'cjs',
  entry: {
    playwright: 'fixtures/playwright.ts',
    'playwright-reporter': 'integrations/playwright-reporter.ts',
    wdio: 'fixtures/wdio.ts',
    'aws-sts': 'src/plugins/aws-sts.ts',
  },
  esbuildPlugins: [onDemand('.cjs')],
  // It has a `__filename` instead.
  esbuildOptions: (options) => {
    options.logOverride = { 'empty-import-meta': 'silent' };
  },
};

export default defineConfig([esm, init, cjs, cjsForNode, jestEsm, jestCjs, jestHooks]);
