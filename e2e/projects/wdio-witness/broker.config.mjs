export default { pools: { accounts: ['ann', 'bob'] }, journal: 'journal.jsonl' };
