import { basename } from 'node:path';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, inject } from 'vitest';
import { accounts } from './accounts.mjs';
import { ShopFront } from './shop-front.ts';

export const test = base
  .extend('shop', ({ task }) => {
    return new ShopFront(inject('shopUrl'), `"${task.name}" (${basename(task.file.name)})`);
  })
  .extend(brokerFixtures)
  .extend(leased({ account: 'accounts' }));

// Where no broker runs: by worker, as suites do that have nothing better.
if (!process.env.EPHEMERAL_PIPE) {
  test.override('account', () => accounts[Number(process.env.VITEST_POOL_ID) % accounts.length]);
}
