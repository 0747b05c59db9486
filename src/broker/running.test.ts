import { once } from 'node:events';
import { chmodSync, utimesSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newSecret } from '../protocol/proof.ts';
import { directory as base } from '../testing/directory.ts';
import { claimParent, look, makeDirectory, SOCKET_NAME } from './directory.ts';
import { ownerAt, parseOwner, writeOwner } from './owner.ts';
import { createPipe, type Pipe, WINDOWS_PIPE_PREFIX } from './pipe.ts';
import { currentPlatform, type Platform } from './platform.ts';
import { pipeOf, runningBrokers } from './running.ts';

let platform: Platform;
const servers: Server[] = [];
beforeEach(() => {
  platform = { ...currentPlatform(), parents: [join(base, 'p'), join(base, 'q')] };
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listenAt(path: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  await once(server.listen(path), 'listening');
}

async function broker(parent: string, startedAt: number, secret?: string): Promise<Pipe> {
  const pipe = createPipe({ ...platform, parents: [parent] }, { version: '1', secret });
  await listenAt(pipe.path);
  utimesSync(pipe.directory, startedAt / 1_000, startedAt / 1_000);
  return pipe;
}

describe('the running brokers', () => {
  test('are none where none was ever started', async () => {
    expect(await runningBrokers(platform)).toEqual([]);
  });

  test('are found under all parents, the oldest first, each with where and how to reach it', async () => {
    const [p, q] = platform.parents as [string, string];
    const secret = newSecret();
    const younger = await broker(p, 2_000_000, secret);
    const older = await broker(q, 1_000_000);
    const { pid } = process;
    const cwd = process.cwd();
    expect(await runningBrokers(platform)).toEqual([
      { pid, cwd, startedAt: 1_000_000, address: { pipe: older.path } },
      { pid, cwd, startedAt: 2_000_000, address: { pipe: younger.path, secret } },
    ]);
  });

  test('are without one that does not listen', async () => {
    createPipe(platform, { version: '1' });
    expect(await runningBrokers(platform)).toEqual([]);
  });

  test('are without one whose owner is dead, and without a directory that nobody owns', async () => {
    const [parent] = platform.parents as [string];
    claimParent(parent, platform);
    const [dead, nobodys] = [makeDirectory(parent, platform), makeDirectory(parent, platform)];
    const place = (directory: string) =>
      platform.kind === 'windows'
        ? `${WINDOWS_PIPE_PREFIX}${newSecret()}`
        : join(directory, SOCKET_NAME);
    const pipe = place(dead);
    writeOwner(dead, ownerAt(platform, pipe, '1', 0x7ffffffe));
    await listenAt(pipe);
    await listenAt(place(nobodys));
    expect(await runningBrokers(platform)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')(
    'are without one in a directory that others can open',
    async () => {
      const [parent] = platform.parents as [string];
      const { directory } = await broker(parent, 1_000_000);
      chmodSync(directory, 0o777);
      expect(await runningBrokers(platform)).toEqual([]);
      chmodSync(directory, 0o700);
      expect(await runningBrokers(platform)).toHaveLength(1);
    },
  );
});

test('on Windows a broker is where its owner file says, if that is a pipe of ours on this host', () => {
  const [parent] = platform.parents as [string];
  claimParent(parent, platform);
  const windows: Platform = { ...platform, kind: 'windows' };
  for (const [named, found] of [
    [`${WINDOWS_PIPE_PREFIX}1`, `${WINDOWS_PIPE_PREFIX}1`],
    ['\\\\elsewhere\\pipe\\ephemeral-broker-1', undefined],
  ] as const) {
    const directory = makeDirectory(parent, platform);
    writeOwner(directory, ownerAt(platform, named, '1'));
    const seen = look(directory, platform)!;
    expect(pipeOf(seen, parseOwner(seen.owner!), windows)).toBe(found);
  }
});
