import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Which finds the broker running.
    globalSetup: './shop.ts',
  },
});
