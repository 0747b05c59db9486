import { BrokerError, connect, type Lease, startBroker } from 'ephemeral-broker';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';
import './broker.config.js';

const test = base
  .extend(brokerFixtures)
  .extend(
    leased({ account: 'accounts', port: 'ports', tenant: { pool: 'tenants', scope: 'worker' } }),
  );

test('values have the types of their pools', async ({ account, port, tenant, broker }) => {
  const user: string = account.user;
  const role: 'admin' | 'buyer' = account.role;
  const number: number = port;
  const id: number = tenant.tenant;
  const lease = await broker.lease('schemas');
  const schema: string = lease.value.schema;
  // @ts-expect-error: accounts have no such field
  account.password;
  // @ts-expect-error: there is no such pool
  await broker.lease('acounts');
  return void [user, role, number, id, schema];
});

// @ts-expect-error: there is no such pool
leased({ account: 'acounts' });
// @ts-expect-error: there is no such scope
leased({ account: { pool: 'accounts', scope: 'suite' } });
// @ts-expect-error: there is no such option, beside others either
leased({ account: { pool: 'accounts', scope: 'worker', cuont: 2 } });
// @ts-expect-error: nor in what is claimed at once
leased({ both: { all: { account: 'accounts', schema: { lock: 'schema', moed: 'shared' } } } });
leased({ both: { all: { account: 'accounts', ports: { pool: 'ports', count: 2 } }, ttl: '9s' } });

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

test('declared leases name pools', { meta: { lease: { account: 'accounts' } } }, () => {});
test('declared leases are for pools and locks', {
  meta: { lease: { buyers: { pool: 'accounts', count: 2 }, schema: { lock: 'schema' } } },
}, () => {});
// @ts-expect-error: there is no such pool
test('declared leases name no others', { meta: { lease: { account: 'acounts' } } }, () => {});

void inCode;
async function inCode(): Promise<string> {
  const broker = await startBroker({ pools: { a: [1] } });
  await using client = await connect({ pipe: broker.pipe, secret: broker.secret });
  const lease: Lease<{ user: string }> = await client.lease('accounts');
  await client.set('k', { any: ['json'] }, { ttl: '10s' });
  try {
    return await client.withLease('accounts', ({ user }) => user);
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'wait_timeout') return error.message;
    // @ts-expect-error: codes are a closed set
    if (error instanceof BrokerError && error.code === 'no_such_code') return lease.id;
    throw error;
  }
}
