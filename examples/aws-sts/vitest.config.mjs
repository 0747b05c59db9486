import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // In this order: the broker's config needs the address of the STS.
    globalSetup: ['./start-sts.ts', 'ephemeral-broker/vitest'],
    maxWorkers: 3,
  },
});
