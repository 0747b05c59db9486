import { defineConfig, ports } from 'ephemeral-broker';

export default defineConfig({
  pools: { ports: ports({ from: 41_500, to: 41_509 }) },
  journal: 'journal.jsonl',
});
