import { appendFileSync } from 'node:fs';
import { BrokerError, defineConfig, definePlugin, pool } from 'ephemeral-broker';

const reset = (value, { reason, dirty }) =>
  appendFileSync('resets.txt', `${value}: ${reason}${dirty ? ', dirty' : ''}\n`);

const note = (text) => appendFileSync('tenants.txt', `${text}\n`);

let turn = 0;
const team = definePlugin({
  name: 'team',
  setup(broker) {
    broker.register('team/turn', (params) => {
      if (params?.of === 'nobody') throw new BrokerError('team/nobody', 'It is nobody’s turn.');
      return ++turn;
    });
  },
});

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
  values: {
    tenant: {
      provide() {
        note('provided');
        return { tenant: 't1' };
      },
      dispose: ({ tenant }) => note(`${tenant} disposed of`),
    },
  },
  plugins: [team],
  waitTimeout: '30s',
  journal: 'journal.jsonl',
  report: 'report.html',
});
