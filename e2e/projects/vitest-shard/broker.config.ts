import { defineConfig, pool } from 'ephemeral-broker';

export default defineConfig({
  pools: {
    accounts: ['a', 'b', 'c', 'd', 'e'].slice(0, Number(process.env.ACCOUNTS ?? 5)),
    own: pool(['of this machine'], { shard: 'whole' }),
  },
  shard: 'split',
  journal: 'journal.jsonl',
});
