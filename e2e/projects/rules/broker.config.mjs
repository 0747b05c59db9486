import { appendFileSync } from 'node:fs';
import { defineConfig, pool } from 'ephemeral-broker';

const reset = (value, { reason, dirty }) =>
  appendFileSync('resets.txt', `${value}: ${reason}${dirty ? ', dirty' : ''}\n`);

export default defineConfig({
  pools: {
    accounts: [
      { user: 'ann', role: 'admin' },
      { user: 'bob', role: 'buyer' },
      { user: 'cid', role: 'buyer' },
    ],
    left: ['left'],
    right: ['right'],
    first: ['first'],
    second: ['second'],
    again: ['a', 'b', 'c', 'd'],
    kept: ['kept'],
    worn: ['old', 'new'],
    washed: pool(['washed'], { reset }),
    stale: pool(['stale'], { reset }),
  },
  waitTimeout: '30s',
  journal: 'journal.jsonl',
});
