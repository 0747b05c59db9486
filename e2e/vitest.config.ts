import { defineConfig } from 'vitest/config';
import { page } from '../scripts/page.ts';

export default defineConfig({
  define: { __PAGE__: page() },
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // What these start has tests of its own.
    exclude: ['projects/**', 'types/**', '**/node_modules/**'],
    globalSetup: './pack.ts',
    // Each starts runners with workers of their own.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A process that starts beside others takes its time.
    expect: { poll: { timeout: 30_000 } },
  },
});
