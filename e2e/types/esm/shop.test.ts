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

test('declared leases name pools', { meta: { lease: { account: 'accounts' } } }, () => {});
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
