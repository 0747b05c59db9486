import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

class ByName extends BaseSequencer {
  async sort(files) {
    return files.sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  test: {
    globalSetup: 'ephemeral-broker/vitest',
    maxWorkers: 1,
    include: ['*.test.js'],
    sequence: { sequencer: ByName },
  },
});
