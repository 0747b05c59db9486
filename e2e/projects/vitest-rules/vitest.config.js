import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'ephemeral-broker/vitest',
    maxWorkers: 2,
    include: ['*.test.js'],
    testTimeout: 30_000,
  },
});
