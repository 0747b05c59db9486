import { defineConfig } from 'vitest/config';

const { GLOBAL_SETUP = 'ephemeral-broker/vitest', INLINE } = process.env;

export default defineConfig({
  test: {
    globalSetup: GLOBAL_SETUP === 'none' ? [] : GLOBAL_SETUP,
    include: ['*.test.ts'],
    maxWorkers: 2,
    server: INLINE ? { deps: { inline: ['ephemeral-broker'] } } : {},
  },
});
