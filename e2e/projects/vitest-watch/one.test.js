import { appendFileSync } from 'node:fs';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', async ({ account, broker }) => {
  const run = { pipe: process.env.EPHEMERAL_PIPE, account, runs: await broker.incr('runs') };
  appendFileSync('runs.jsonl', `${JSON.stringify(run)}\n`);
});
