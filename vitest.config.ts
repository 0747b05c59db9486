import { defineConfig } from 'vitest/config';

export default defineConfig({
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
