import { connect } from 'ephemeral-broker';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { expect, inject, test as base } from 'vitest';
import type config from './broker.config';

declare module 'ephemeral-broker' {
  interface Register {
    config: typeof config;
  }
}

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('leases', ({ account }) => {
  expect(['ann', 'bob']).toContain(account.user);
});

test('has a broker', async ({ broker }) => {
  await broker.incr('tests');
  await using client = await connect();
  expect(await client.get('tests')).toBeGreaterThan(0);
});

test('tells its secret to the environment only', () => {
  const { EPHEMERAL_SECRET: secret } = process.env;
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  const { metaEnv, config } = (globalThis as any).__vitest_worker__;
  const provided = (globalThis as any).__vitest_worker__.providedContext;
  expect(JSON.stringify([provided, config])).not.toContain(secret);
  expect(inject('ephemeral-broker' as never)).toBeUndefined();
});
