import { leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(leased({ account: 'accounts', admin: { pool: 'admins', scope: 'file' } }));

test('times out', { timeout: 200 }, async ({ account, admin }) => {
  await new Promise((resolve) => setTimeout(resolve, 60_000, account, admin).unref());
});
