import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { directory } from '../testing/directory.ts';
import { Listener } from './listener.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

const windows = process.platform === 'win32';
let path: string;
/** What the broker accepted, in order. */
let accepted: Socket[];
let listeners: Listener[];

beforeEach(() => {
  path = windows ? `\\\\.\\pipe\\${directory.replaceAll(/\W/g, '-')}` : join(directory, 's');
  accepted = [];
  listeners = [];
});
afterEach(() => {
  for (const listener of listeners) listener.close();
});

async function listen(maxConnections = DEFAULT_LIMITS.maxConnections): Promise<Listener> {
  const listener = await Listener.listen(path, { ...DEFAULT_LIMITS, maxConnections }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  listeners.push(listener);
  return listener;
}

/** A client; resolves when it is connected. */
async function client(): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('connections are counted as they come and go', async () => {
  const listener = await listen();
  const [a, b] = [await client(), await client()];
  await until(() => listener.connections === 2);
  a.destroy();
  await until(() => listener.connections === 1);
  b.destroy();
  await listener.drain();
  expect(listener.connections).toBe(0);
});

test('beyond the cap a client is told why and let go, and those inside notice nothing', async () => {
  const listener = await listen(2);
  const inside = [await client(), await client()];
  await until(() => listener.connections === 2);
  const told = await Promise.all(Array.from({ length: 20 }, async () => text(await client())));
  for (const line of told) {
    expect(JSON.parse(line)).toMatchObject({
      ok: false,
      error: 'too_many',
      details: { maxConnections: 2 },
    });
  }
  expect([listener.connections, accepted.length]).toEqual([2, 2]);
  expect(inside.some(({ destroyed }) => destroyed)).toBe(false);
  inside[0]!.destroy();
  await until(() => listener.connections === 1);
  const late = await client();
  await until(() => listener.connections === 2);
  for (const socket of [late, inside[1]!]) socket.destroy();
});

test('who is turned away before it has said a word can still say it, and hears why', async () => {
  await listen(1);
  const inside = await client();
  for (let i = 0; i < 20; i++) {
    const late = connect(path);
    await once(late, 'connect');
    // By now it has been turned away.
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    late.write('hello\n');
    expect(JSON.parse(await text(late))).toMatchObject({ error: 'too_many' });
  }
  inside.destroy();
});

test('closing ends every connection and the pipe', async () => {
  const listener = await listen();
  const socket = await client();
  socket.resume();
  await until(() => listener.connections === 1);
  const closed = once(socket, 'close');
  listener.close();
  await closed;
  const [error] = await once(connect(path), 'error');
  expect(['ENOENT', 'ECONNREFUSED']).toContain(error.code);
  if (!windows) expect(existsSync(path)).toBe(false);
});

test('where somebody listens already, the start fails with the system’s reason and harms nobody', async () => {
  const owner = createServer((socket) => socket.end('mine'));
  owner.listen(path);
  await once(owner, 'listening');
  await expect(listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await text(connect(path))).toBe('mine');
  owner.close();
});

test.skipIf(windows)(
  'a herd larger than Node’s own backlog finds room, before any of it is accepted',
  async () => {
    const listener = await listen();
    const refused: unknown[] = [];
    // All in one turn: nothing is accepted until it is over.
    const sockets = Array.from({ length: 1_000 }, () =>
      connect(path).on('error', (error) => refused.push(error)),
    );
    await until(() => refused.length + listener.connections === sockets.length);
    expect(refused).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await listener.drain();
  },
);
