import { defineConfig, pool } from 'ephemeral-broker';

export default defineConfig({
  pools: {
    accounts: ['a', 'b', 'c', 'd', 'e'],
    own: pool(['of this machine'], { shard: 'whole' }),
  },
  shard: 'split',
  journal: 'journal.jsonl',
});
