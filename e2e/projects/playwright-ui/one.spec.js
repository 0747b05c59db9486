import { appendFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('tells its run', async ({ account, broker }) => {
  const run = { account, pipe: process.env.EPHEMERAL_PIPE, nth: await broker.incr('runs') };
  appendFileSync('runs.jsonl', `${JSON.stringify(run)}\n`);
});
