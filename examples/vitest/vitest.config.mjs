import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'ephemeral-broker/vitest',
    maxWorkers: 4,
  },
});
