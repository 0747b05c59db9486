export default {
  pools: { accounts: ['ann'], admins: ['root'] },
  journal: 'journal.jsonl',
};
