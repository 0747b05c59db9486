import { copyFileSync, readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const shared: Options = {
  platform: 'node',
  target: 'node20',
  define: { __VERSION__: JSON.stringify(version) },
};

/** In one build, so that what entries share is one chunk, evaluated once. */
const esm: Options = {
  ...shared,
  format: 'esm',
  entry: {
    index: 'src/index.ts',
    vitest: 'fixtures/vitest.ts',
    'vitest-hooks': 'fixtures/vitest-hooks.ts',
    cli: 'src/cli/main.ts',
  },
  external: ['vitest'],
  // See fixtures/vitest-hooks.ts.
  onSuccess: async () => copyFileSync('dist/vitest-hooks.js', 'dist/vitest-hooks.mts'),
};

const cjs: Options = {
  ...shared,
  format: 'cjs',
  entry: { index: 'src/index.ts', vitest: 'fixtures/vitest-require.ts' },
  external: ['vitest'],
};

export default defineConfig([esm, cjs]);
