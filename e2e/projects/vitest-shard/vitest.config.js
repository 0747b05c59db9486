import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: 'ephemeral-broker/vitest', include: ['*.test.ts'], maxWorkers: 2 },
});
