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

test('the global is the import', () => {
  const same: TestBroker = broker;
  const code = (error: BrokerError): string => error.code;
  expect([same, code]).toBeDefined();
});
