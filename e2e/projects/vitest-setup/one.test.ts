import { connect } from 'ephemeral-broker';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, expect, inject } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', ({ account }) => {
  expect(['ann', 'bob']).toContain(account.user);
});

test('has a broker', async ({ broker }) => {
  await broker.incr('files');
  await using client = await connect();
  expect(await client.get('files')).toBeGreaterThan(0);
});

/** What Vitest sends to workers, and would send to a page. */
interface Sent {
  __vitest_worker__: { config: object; providedContext: object };
}

test('has its secret from the environment only', () => {
  const { EPHEMERAL_SECRET: secret } = process.env;
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  const { config, providedContext } = (globalThis as unknown as Sent).__vitest_worker__;
  expect(config).toHaveProperty('testTimeout');
  expect(providedContext).toBeTypeOf('object');
  expect(JSON.stringify([config, providedContext])).not.toContain(secret);
  expect(inject('ephemeral-broker' as never)).toBeUndefined();
});
