export default {
  pools: {
    accounts: [{ user: 'ann', roles: ['admin', 'buyer'], since: null }],
    other: ['one', 'two'],
  },
  journal: 'journal.jsonl',
};
