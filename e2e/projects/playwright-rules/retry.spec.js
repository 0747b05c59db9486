import { test as base, expect } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const test = base
  .extend(brokerFixtures)
  .extend(leased({ other: { pool: 'again', not: 'previous' } }));

test.describe.configure({ retries: 1 });

/** What the tries have had so far: each in a worker of its own, with no memory. */
async function note(broker, ...values) {
  const had = [...((await broker.get('had')) ?? []), ...values];
  await broker.set('had', had, { ttl: 'run' });
  return had;
}

test('has another one in each try', async ({ other, broker, lease }) => {
  const byHand = await lease('again', { not: 'previous' });
  expect(await note(broker, other, byHand.value)).toHaveLength(4);
});

test('which are four', async ({ broker }) => {
  expect((await note(broker)).sort()).toEqual(['a', 'b', 'c', 'd']);
});
