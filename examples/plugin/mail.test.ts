import { type Broker, type Client, connect, startBroker } from 'ephemeral-broker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mail } from './index.js';

let broker: Broker;
let client: Client;

beforeEach(async () => {
  broker = await startBroker({ plugins: [mail({ domain: 'example.test' })] });
  client = await connect(broker);
});
afterEach(async () => {
  await client.close();
  await broker.stop();
});

test('an address is the same for all who ask by its name', async () => {
  const ann = { address: 'ann.1@example.test' };
  expect(await Promise.all([client.value('mail:ann'), client.value('mail:ann')])).toEqual([
    ann,
    ann,
  ]);
  expect(await client.value('mail:ben')).toEqual({ address: 'ben.2@example.test' });
});

test('mail is read in the order of its coming, once', async () => {
  await client.call('mail/send', { to: 'ann', subject: 'Welcome' });
  await client.call('mail/send', { to: 'ann', subject: 'Your order' });
  const { subject } = await client.call('mail/next', { to: 'ann' }); // a string: see index.d.ts
  expect(subject).toBe('Welcome');
  expect(await client.call('mail/next', { to: 'ann' })).toEqual({ subject: 'Your order' });
});

test('an inbox that has no mail is an error with a code of its own', async () => {
  await expect(client.call('mail/next', { to: 'ben' })).rejects.toMatchObject({
    code: 'mail/empty',
    details: { to: 'ben' },
  });
});

test('params are checked in the broker', async () => {
  // @ts-expect-error: to is missing
  await expect(client.call('mail/next', {})).rejects.toMatchObject({ code: 'bad_params' });
});
