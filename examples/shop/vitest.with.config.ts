import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['tests/*.test.ts'],
    maxWorkers: 8,
    testTimeout: 20_000,
    globalSetup: [
      './start-shop.ts', // one shop for all workers
      'ephemeral-broker/vitest',
    ],
  },
});
