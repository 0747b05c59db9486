export default {
  pools: { accounts: ['ann', 'bob', 'cat', 'dan', 'eve'] },
  journal: 'journal.jsonl',
};
