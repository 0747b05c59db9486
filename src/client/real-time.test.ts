import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { newNonce } from '../protocol/proof.ts';
import { connect } from './connect.ts';
import * as time from './real-time.ts';

afterEach(() => vi.useRealTimers());

const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'performance', 'Date'] as const;

test('time goes on, whatever a test does to its globals', async () => {
  vi.useFakeTimers({ toFake: [...FAKED] });
  const before = time.now();
  await new Promise<void>((resolve) => time.setTimer(resolve, 5));
  await new Promise<void>((resolve) => time.nextTick(resolve));
  expect(time.now() - before).toBeGreaterThan(1);
  time.clearTimer(time.setTimer(() => expect.unreachable(), 0));
  time.clearTimer(undefined);
});

test('fake timers stop neither requests nor renewals', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'eb-'));
  const pipe =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\${directory.replaceAll(/\W/g, '-')}`
      : join(directory, 's');
  const renewed: unknown[] = [];
  const answer = (socket: Socket, { id, action }: { id: number; action: string }) => {
    if (action === 'renew') renewed.push(id);
    const reply = {
      hello: { nonce: newNonce(), version: 1, broker: newNonce() },
      auth: {
        session: 1,
        limits: { maxLineBytes: 1e6, maxOutputBytes: 1e7, maxDepth: 64 },
        maxWaitMs: 1_000,
      },
      lease: { lease: 'one#1', token: 1, ttlMs: 90, value: 'a' },
    }[action];
    socket.write(`${JSON.stringify({ id, ok: true, ...reply })}\n`);
  };
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      for (const line of String(chunk).trim().split('\n')) answer(socket, JSON.parse(line));
    });
  });
  server.listen(pipe);
  await once(server, 'listening');
  vi.useFakeTimers({ toFake: [...FAKED] });
  vi.setSystemTime(0);
  const client = await connect({ pipe });
  const lease = await client.lease('one');
  // By real time this takes about 100 ms; by that of the test none passes.
  while (renewed.length < 3) await client.get('k');
  expect(lease.value).toBe('a');
  await client.close();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
