import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { newNonce, proofOf } from '../../src/protocol/proof.ts';
import { connect, endAll, type Host, pause, startHost } from './processes.ts';

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await endAll();
});

const MB = 1_048_576;
/** What the collector may leave lying about: far less than the hundreds of megabytes that each of these once cost. */
const SLACK = 100 * MB;

async function stranger({ address }: Host): Promise<Socket> {
  const socket = dial(address.pipe);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** A client that speaks the wire by hand, and has proved itself. Paused. */
async function friend(host: Host): Promise<Socket> {
  const socket = await stranger(host);
  const clientNonce = newNonce();
  const say = async (request: object) => {
    socket.write(`${JSON.stringify(request)}\n`);
    const [reply] = await once(socket, 'data');
    return JSON.parse(reply);
  };
  const { broker, nonce } = await say({ action: 'hello', nonce: clientNonce, versions: [1] });
  const seen = { version: 1, broker, clientNonce, brokerNonce: nonce };
  const proof = proofOf('client', host.address.secret, seen);
  expect(await say({ action: 'auth', proof })).toMatchObject({ ok: true });
  socket.pause();
  return socket;
}

/** How much more memory the host had at its peak. */
async function growth(host: Host, during: () => Promise<void>): Promise<number> {
  const before = await host.ask<number>('rss');
  await during();
  const grown = (await host.ask<number>('peak')) - before;
  console.log(`the broker’s process grew by ${Math.round(grown / MB)} MB`);
  return grown;
}

test('a client that asks for 10 GB and never reads: the broker holds next to nothing for it, and serves the others', async () => {
  const host = await startHost();
  const client = await connect(host.address);
  await client.set('big', 'x'.repeat(200_000), { ttl: 'run' });
  const deaf = await friend(host);
  const grown = await growth(host, async () => {
    for (let id = 0; id < 50_000; id++) deaf.write(`{"id":${id},"action":"get","key":"big"}\n`);
    for (let i = 0; i < 200; i++) {
      expect((await client.get('big')).length).toBe(200_000);
      await pause(1);
    }
  });
  expect(grown).toBeLessThan(SLACK);
  await client.close();
});

test('400 half lines of strangers, a megabyte each, cost the broker next to nothing', async () => {
  const host = await startHost();
  const client = await connect(host.address);
  const grown = await growth(host, async () => {
    const strangers = await Promise.all(Array.from({ length: 400 }, () => stranger(host)));
    for (const socket of strangers) socket.write('x'.repeat(MB));
    // The cap tells each of them, and closes it: at once, so that some fail to write their rest.
    await Promise.all(
      strangers.map((socket) => new Promise((closed) => socket.on('close', closed).resume())),
    );
    expect(await client.get('nothing')).toBeUndefined();
  });
  expect(grown).toBeLessThan(SLACK);
  await client.close();
});

test('3,000 strangers with half a line below the cap are held, and cost the broker little', async () => {
  const host = await startHost();
  const client = await connect(host.address);
  const grown = await growth(host, async () => {
    const strangers = await Promise.all(Array.from({ length: 3_000 }, () => stranger(host)));
    let closed = 0;
    // An end that nobody reads would not be seen.
    for (const socket of strangers) socket.on('close', () => closed++).resume();
    for (const socket of strangers) socket.write('x'.repeat(4_000));
    for (let i = 0; i < 20; i++) await client.get('nothing');
    expect(closed).toBe(0);
  });
  expect(grown).toBeLessThan(SLACK);
  await client.close();
});

test('an honest client that reads slowly gets every byte of 400 MB, and the broker holds little of it', async () => {
  const host = await startHost();
  const client = await connect(host.address);
  const value = 'x'.repeat(200_000);
  await client.set('big', value, { ttl: 'run' });
  const slow = await friend(host);
  const times = 2_000;
  let bytes = 0;
  let lines = 0;
  const grown = await growth(host, async () => {
    let rest = '';
    const done = new Promise<void>((resolve) => {
      slow.setEncoding('utf8').on('data', (chunk: string) => {
        bytes += chunk.length;
        const parts = (rest + chunk).split('\n');
        rest = parts.pop()!;
        for (const line of parts) {
          expect(line.length).toBe(`{"id":${lines},"ok":true,"value":"${value}"}`.length);
          expect(line.startsWith(`{"id":${lines},"ok":true,"value":"x`)).toBe(true);
          lines++;
        }
        if (lines === times) return resolve();
        // It has something else to do between any two reads.
        slow.pause();
        setImmediate(() => slow.resume());
      });
    });
    for (let id = 0; id < times; id++) slow.write(`{"id":${id},"action":"get","key":"big"}\n`);
    slow.resume();
    await done;
  });
  expect(lines).toBe(times);
  expect(bytes).toBeGreaterThan(400_000_000);
  expect(grown).toBeLessThan(SLACK);
  await client.close();
});
