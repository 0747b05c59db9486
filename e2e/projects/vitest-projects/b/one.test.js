import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { expect, test as base } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', async ({ account, broker }) => {
  expect(account).toHaveLength(3);
  // One broker for all projects: the last of three sees all.
  await broker.incr('projects');
  while ((await broker.get('projects')) < 3) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('declares', { meta: { lease: { ours: 'accounts' } } }, ({ broker }) => {
  expect(broker.leased.ours).toHaveLength(3);
});
