export default {
  pools: { accounts: ['a', 'b', 'c', 'd', 'e'] },
  shard: 'split',
  journal: 'journal.jsonl',
};
