import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'ephemeral-broker/vitest',
    projects: [
      { extends: true, test: { name: 'a', include: ['a/*.test.js'] } },
      { extends: true, test: { name: 'b', include: ['b/*.test.js'], isolate: false } },
      { test: { name: 'c', include: ['c/*.test.js'], globals: true } },
    ],
  },
});
