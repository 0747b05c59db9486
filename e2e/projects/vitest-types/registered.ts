import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';
import type config from './config.js';

declare module 'ephemeral-broker' {
  interface Register {
    config: typeof config;
  }
}

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));

test('values have the types of their pools', ({ account, broker }) => {
  const user: 'ann' | 'bob' = account.user;
  // @ts-expect-error there is no such key
  account.password;
  // @ts-expect-error there is no such pool
  broker.lease('acounts');
  return void user;
});

test('declared', {
  meta: { lease: { ours: 'accounts', it: { pool: 'ports', ttl: '5s' } } },
}, () => {});
// @ts-expect-error there is no such pool
test('wrongly declared', { meta: { lease: { ours: 'acounts' } } }, () => {});
