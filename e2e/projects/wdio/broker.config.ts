// No mere types, which Node could strip.
enum Role {
  Buyer = 'buyer',
}

export default {
  pools: {
    accounts: [
      { user: 'ann', role: Role.Buyer },
      { user: 'bob', role: Role.Buyer },
    ],
    hooks: ['one', 'two', 'three'],
    single: ['only'],
    pairs: ['left', 'right'],
  },
  journal: 'journal.jsonl',
  report: 'report.html',
};
