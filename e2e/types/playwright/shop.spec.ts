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

test('which one, and how many, says the type', async ({ broker }) => {
  const two = await broker.lease('accounts', { where: { role: 'admin' }, count: 2 });
  const users: string[] = two.value.map(({ user }) => user);
  const maybe = await broker.lease('ports', { ifAvailable: true, not: [4000] });
  const port: number | undefined = maybe?.value;
  const sure: number = (await broker.lease('ports', { not: 'previous', prefer: 'random' })).value;
  const sum: number = await broker.withLease('ports', ([a = 0, b = 0]) => a + b, { count: 2 });
  const all = await broker.leaseAll({
    one: 'ports',
    many: { pool: 'accounts', count: 2, not: 'previous' },
    schema: { lock: 'schema', mode: 'shared' },
  });
  const { one, many, schema }: { one: number; many: { user: string }[]; schema: null } = all.value;
  await broker.withLeaseAll({ a: 'accounts', p: 'ports' }, ({ a, p }) => a.user + p.toFixed());
  await broker.withLock('schema', () => {}, { mode: 'shared' });
  await broker.withSemaphore('mail', 3, () => {});
  await all.release({ dirty: true });
  await two.retire('worn out');
  // @ts-expect-error: it may be none
  maybe.value;
  // @ts-expect-error: it is a list
  two.value.user;
  // @ts-expect-error: it is one
  all.value.one.map;
  // @ts-expect-error: there is no such name
  all.value.two;
  // @ts-expect-error: there is no such pool
  await broker.leaseAll({ a: 'acounts' });
  // @ts-expect-error: there is no such pool
  await broker.leaseAll({ a: { pool: 'acounts', count: 2 } });
  // @ts-expect-error: there is no such mode
  await broker.leaseAll({ a: { lock: 'schema', mode: 'alone' } });
  // @ts-expect-error: there is no such option, beside others either
  await broker.leaseAll({ a: { pool: 'accounts', where: { role: 'admin' }, cuont: 2 } });
  // @ts-expect-error: there is no such preference
  await broker.lease('accounts', { prefer: 'newest' });
  // @ts-expect-error: a number
  await broker.lease('accounts', { count: '2' });
  // @ts-expect-error: there is no such option
  await broker.lease('accounts', { wher: {} });
  // @ts-expect-error: it always has one
  await broker.withLease('accounts', () => {}, { ifAvailable: true });
  // @ts-expect-error: there is no such mode
  await broker.lock('schema', { mode: 'alone' });
  return void [users, port, sure, sum, one, many, schema];
});

const several = base.extend(brokerFixtures).extend(
  leased({
    buyers: { pool: 'accounts', not: { role: 'admin' }, count: 2 },
    both: { all: { account: 'accounts', ports: { pool: 'ports', count: 2 }, db: { lock: 'db' } } },
    schema: { lock: 'schema', mode: 'shared' },
    again: { pool: 'ports', not: 'previous', prefer: 'oldest', timeout: '5s' },
  }),
);
several('several at once have a name each', ({ buyers, both, schema, again }) => {
  const users: string[] = buyers.map(({ user }) => user);
  const { account, ports, db }: { account: { user: string }; ports: number[]; db: null } = both;
  const none: null = schema;
  const port: number = again;
  // @ts-expect-error: it is a list
  buyers.user;
  // @ts-expect-error: there is no such name
  both.tenant;
  return void [users, account, ports, db, none, port];
});
// @ts-expect-error: there is no such pool
leased({ both: { all: { account: 'acounts' } } });
// @ts-expect-error: there is no such mode
leased({ schema: { lock: 'schema', mode: 'alone' } });
// @ts-expect-error: a number
leased({ buyers: { pool: 'accounts', count: '2' } });
// @ts-expect-error: neither a pool, nor a lock, nor several of them
leased({ account: { timeout: '5s' } });

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
// @ts-expect-error: there is no such option, beside others either
leased({ account: { pool: 'accounts', scope: 'worker', cuont: 2 } });
// @ts-expect-error: nor in what is claimed at once
leased({ both: { all: { account: 'accounts', schema: { lock: 'schema', moed: 'shared' } } } });
leased({ both: { all: { account: 'accounts', ports: { pool: 'ports', count: 2 } }, ttl: '9s' } });

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
