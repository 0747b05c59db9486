import { appendFileSync } from 'node:fs';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, expect } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', ({ account }) => {
  expect(account).toHaveLength(3);
  appendFileSync('pipes.txt', `${process.env.EPHEMERAL_PIPE}\n`);
});

test('declares', { meta: { lease: { ours: 'accounts' } } }, ({ broker }) => {
  expect(broker.leased.ours).toHaveLength(3);
});
