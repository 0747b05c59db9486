import { createFixtures } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';
import type config from './config.js';

const { brokerFixtures, leased } = createFixtures<typeof config>();
const test = base
  .extend(brokerFixtures)
  .extend(
    leased({ account: 'accounts', port: 'ports', admin: { pool: 'accounts', scope: 'worker' } }),
  );

test('values have the types of their pools', async ({ account, port, admin, broker, task }) => {
  const user: 'ann' | 'bob' = account.user;
  const role: 'admin' | undefined = admin.role;
  const number: number = port;
  const lease = await broker.lease('accounts', { timeout: '5s' });
  const same: 'ann' | 'bob' = lease.value.user;
  const name: string = task.name;
  const length: number = await broker.withLease('ports', (value) => value);
  // @ts-expect-error there is no such key
  account.password;
  // @ts-expect-error there is no such pool
  await broker.lease('acounts');
  return void [user, role, number, same, name, length];
});

test.beforeEach(({ account }) => void account.user);

// @ts-expect-error there is no such pool
leased({ account: 'acounts' });
// @ts-expect-error there is no such pool
leased({ account: { pool: 'acounts' } });
// @ts-expect-error there is no such scope
leased({ account: { pool: 'accounts', scope: 'run' } });

test.extend({
  page: async ({ account }, use: (page: { user: string }) => Promise<void>) => {
    await use({ user: account.user });
  },
})('fixtures can depend on them', ({ page, port }) => void [page.user.length, port.toFixed()]);
