import { browser } from '@wdio/globals';
import type { Lease } from 'ephemeral-broker';
import { broker as imported, type TestBroker } from 'ephemeral-broker/wdio';
import './broker.config.js';

export async function buys(): Promise<void> {
  const { value: account } = await broker.lease('accounts');
  const user: 'ann' | 'bob' = account.user;
  const port: Lease<number> = await browser.broker.lease('ports', { timeout: '5s' });
  const length: number = await imported.withLease('ports', (value) => value);
  await browser.url(`http://127.0.0.1:${port.value + length}/${user}`);
  const others: TestBroker<{ pools: { few: number[] } }> = broker as never;
  (await others.lease('few')).value.toFixed();
  // @ts-expect-error: there is no such key
  account.password;
  // @ts-expect-error: there is no such pool
  await broker.lease('acounts');
  // @ts-expect-error: there is no such pool
  await browser.broker.lease('acounts');
  // @ts-expect-error: the connection is the worker's
  await broker.close();
}
