export default { pools: { accounts: ['ann', 'bob', 'cat'] }, journal: 'journal.jsonl' };
