import { renameSync, writeFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { brokerFixtures } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures);

for (let n = 1; n <= 3; n++) {
  test(`holds the account until it is killed ${n}`, async ({ lease, broker }) => {
    test.setTimeout(0);
    await broker.value('tenant');
    tell(`worker-${process.pid}`, {});
    await lease('accounts', { timeout: '5m' });
    const { EPHEMERAL_PIPE: pipe, EPHEMERAL_SECRET: secret } = process.env;
    tell('holder', { pid: process.pid, pipe, secret });
    await new Promise(() => setInterval(() => {}, 1_000));
  });
}

/** Written in one piece, for who reads it meanwhile. */
function tell(file, what) {
  writeFileSync(`${file}.new`, JSON.stringify(what));
  renameSync(`${file}.new`, file);
}
