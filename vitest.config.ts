import { defineConfig } from 'vitest/config';
import { page } from './scripts/page.ts';

export default defineConfig({
  define: { __PAGE__: page() },
  test: {
    include: ['{src,integrations,fixtures,docs,scripts}/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts', 'src/core/{lease-model,rules-model,program-model,fake-clock}.ts'],
      thresholds: { 'src/core/**': { branches: 100 } },
    },
  },
});
