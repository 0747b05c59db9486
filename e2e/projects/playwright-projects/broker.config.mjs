export default { pools: { accounts: ['ann'] }, journal: 'journal.jsonl' };
