import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { portIsFree } from './ports.ts';

const HOSTS = ['127.0.0.1', '::1', '0.0.0.0', '::'];
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(host: string, port = 0): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen({ host, port });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a port that nobody has is free, and stays so: nothing is left listening', async () => {
  const port = await listen('127.0.0.1');
  servers.pop()!.close();
  expect([await portIsFree(port, HOSTS), await portIsFree(port, HOSTS)]).toEqual([true, true]);
  expect(await listen('127.0.0.1', port)).toBe(port);
});

test.each(['127.0.0.1', '0.0.0.0', '::1', '::'])(
  'a port that somebody has on %s is not free',
  async (host) => {
    const port = await listen(host).catch(() => undefined);
    // A host without IPv6: nobody can be there.
    if (port === undefined) return;
    expect(await portIsFree(port, HOSTS)).toBe(false);
  },
);

test('a port is looked at by many at once, and they do not take each other for strangers for ever', async () => {
  const port = await listen('127.0.0.1');
  servers.pop()!.close();
  await Promise.all(Array.from({ length: 8 }, () => portIsFree(port, HOSTS)));
  expect(await portIsFree(port, HOSTS)).toBe(true);
});
