import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Child, connect, endAll, envOf, pause, startHost, until } from './processes.ts';

// Windows has no SIGUSR1, by which Node opens its inspector.
const posix = process.platform !== 'win32';
const TTL = 600;
const debuggers: ChildProcess[] = [];
afterEach(() => {
  for (const each of debuggers.splice(0)) each.kill('SIGKILL');
});
afterAll(endAll);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Node's own debugger, attached to a process whose inspector is open. */
async function attach(port: number): Promise<{ say(command: string): void }> {
  const attached = spawn(process.execPath, ['inspect', `127.0.0.1:${port}`]);
  debuggers.push(attached);
  let output = '';
  for (const stream of [attached.stdout, attached.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  await until(() => output.includes('debug>'), 'the prompt of the debugger');
  return { say: (command) => attached.stdin.write(`${command}\n`) };
}

test.runIf(posix).each([
  ['since its start', (port: number) => `--inspect=127.0.0.1:${port}`, false],
  ['attached later', (port: number) => `--inspect-port=${port}`, true],
])('a process that stands at a breakpoint keeps its lease: %s', async (_, option, late) => {
  const host = await startHost({ pools: { accounts: ['a'] } });
  const port = await freePort();
  const holder = await Child.start('holder.mjs', { ...envOf(host), NODE_OPTIONS: option(port) });
  const { id } = await holder.ask<{ id: string }>('lease', 'accounts', { ttl: TTL });
  if (late) {
    holder.signal('SIGUSR1');
    // The next renewal finds the inspector open.
    await pause(TTL);
  }
  const attached = await attach(port);
  attached.say('pause');
  await pause(4 * TTL);
  const client = await connect(host.address);
  expect(await client.lease('accounts', { ifAvailable: true })).toBeUndefined();
  attached.say('cont');
  expect(await holder.ask('state', id)).toMatchObject({ held: true, aborted: false });
  await client.close();
});
