import { test as base, expect, mergeTests } from '@playwright/test';
import type { Lease } from 'ephemeral-broker';
import { brokerFixtures, createFixtures, leased } from 'ephemeral-broker/playwright';
import './broker.config.js';

const test = base
  .extend(brokerFixtures)
  .extend(
    leased({ account: 'accounts', port: 'ports', admin: { pool: 'accounts', scope: 'worker' } }),
  );

test('values have the types of their pools', async ({
  account,
  port,
  admin,
  broker,
  lease,
  page,
}) => {
  const user: 'ann' | 'bob' = account.user;
  const role: 'admin' | undefined = admin.role;
  const number: number = port;
  const held: Lease<{ user: string }> = await lease('accounts', { timeout: '5s' });
  const length: number = await broker.withLease('ports', (value) => value);
  await page.goto(`http://127.0.0.1:${port}`);
  // @ts-expect-error: there is no such key
  account.password;
  // @ts-expect-error: there is no such pool
  await lease('acounts');
  // @ts-expect-error: there is no such pool
  await broker.lease('acounts');
  // @ts-expect-error: there is no such fixture
  const nothing = (fixtures: typeof test) => fixtures.none;
  return void [user, role, number, held, length, nothing];
});

test.beforeEach(({ account }) => void account.user);
test.beforeAll(({ admin }) => void admin.user);

test.describe(() => {
  test.use({ leases: { account: 'accounts', other: { pool: 'accounts', timeout: '5s' } } });
  test('declared', ({ broker }) => expect(broker.leased.account).toBeDefined());
});
// @ts-expect-error: there is no such pool
test.use({ leases: { account: 'acounts' } });
// @ts-expect-error: there is no such pool
leased({ account: 'acounts' });
// @ts-expect-error: there is no such scope
leased({ account: { pool: 'accounts', scope: 'file' } });

const merged = mergeTests(
  base.extend<{ cart: string[] }>({ cart: [] }),
  base.extend(brokerFixtures).extend(leased({ account: 'accounts' })),
);
merged('all are there', ({ cart, account, broker }) => void [cart.length, account.user, broker]);

const state = test.extend({
  storageState: async ({ account, broker }, use) => {
    await use(await broker.get(account.user));
  },
});
state('fixtures can depend on them', ({ context, port }) => void [context, port.toFixed()]);

const own = createFixtures<{ pools: { numbers: number[] } }>();
base.extend(own.brokerFixtures).extend(own.leased({ one: 'numbers' }))(
  'by a config',
  ({ one }) => void one.toFixed(),
);
// @ts-expect-error: there is no such pool
own.leased({ one: 'accounts' });
