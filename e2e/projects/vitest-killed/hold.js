import { renameSync, writeFileSync } from 'node:fs';
import { brokerFixtures } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(brokerFixtures);

/** A test that never gives back what it leased. */
export function hold() {
  // Several threads are one process.
  writeFileSync(`worker-${process.pid}`, '');

  test('holds the account until it is killed', { timeout: 0 }, async ({ broker }) => {
    await broker.value('tenant');
    await broker.lease('accounts', { timeout: '5m' });
    const at = String(process.hrtime.bigint());
    tell('holder', {
      pid: process.pid,
      at,
      pipe: process.env.EPHEMERAL_PIPE,
      secret: process.env.EPHEMERAL_SECRET,
    });
    await new Promise(() => setInterval(() => {}, 1_000));
  });
}

/** Written in one piece, for who reads it meanwhile. */
function tell(file, what) {
  writeFileSync(`${file}.new`, JSON.stringify(what));
  renameSync(`${file}.new`, file);
}
