import { expect, test } from '@jest/globals';
import type { BrokerError } from 'ephemeral-broker';
import { broker as imported, type TestBroker } from 'ephemeral-broker/jest';

for (const client of [broker, imported]) {
  test('values have the types of their pools', async () => {
    const { value } = await client.lease('accounts', { scope: 'file', timeout: '5s' });
    const user: 'ann' | 'bob' = value.user;
    const role: 'admin' | undefined = value.role;
    const port: number = await client.withLease('ports', (number) => number);
    const list: { key: string }[] = await client.list({ prefix: 'a' });
    const leased: { user: string } | number | undefined = client.leased.account;
    await client.set('key', { any: 'thing' }, { ttl: '1m' });
    // @ts-expect-error there is no such pool
    await client.lease('acounts');
    // @ts-expect-error there is no such scope
    await client.lease('accounts', { scope: 'run' });
    // @ts-expect-error there is no such key
    value.password;
    // @ts-expect-error it is not the test's to close
    await client.close();
    expect([user, role, port, list, leased]).toBeDefined();
  });
}

test('which one, and how many, says the type', async () => {
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
  // @ts-expect-error: there is no such option, beside others either
  await broker.lease('accounts', { scope: 'file', count: 2, timeot: '1s' });
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

test('the global is the import', () => {
  const same: TestBroker = broker;
  const code = (error: BrokerError): string => error.code;
  expect([same, code]).toBeDefined();
});
