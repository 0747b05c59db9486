import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  Child,
  connect,
  type End,
  endAll,
  envOf,
  makeDirectory,
  pause,
  startHost,
  until,
} from './processes.ts';

const posix = process.platform !== 'win32';
const SCRIPTS = join(import.meta.dirname, 'scripts');

/** What was started here beside the scripts that are asked by name. */
const started = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await endAll();
});

interface Run {
  process: ChildProcess;
  output(): string;
  end: Promise<End>;
}

function run(command: string, args: string[], env: Record<string, string>): Run {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const end = new Promise<End>((resolve) => {
    child.on('close', (code, signal) => {
      started.delete(child);
      resolve({ code, signal });
    });
  });
  return { process: child, output: () => output, end };
}

const script = (name: string, env: Record<string, string>): Run =>
  run(process.execPath, [join(SCRIPTS, name)], env);

interface Told {
  pid: number;
  pipe: string;
  secret: string;
}

async function told(host: Run): Promise<Told> {
  await until(() => host.output().includes('\n'), 'the address of the host');
  return JSON.parse(host.output().split('\n')[0]!);
}

/** What brokers have left under a runtime directory. */
const leftovers = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.startsWith('ephemeral-broker'),
  );

describe('the process that hosts the broker', () => {
  test('is killed: each client is told at once, and nothing hangs', async () => {
    const host = await startHost({ pools: { one: ['a'] } });
    const [client, other] = [
      await connect(host.address),
      await Child.start('holder.mjs', envOf(host)),
    ];
    const lease = await client.lease('one');
    const aborted = new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    const calls = [client.lease('one'), client.lock('l').then(() => client.lock('l'))];
    const waitingElsewhere = other.ask('lease', 'one');
    await Promise.all([client.get('nothing'), other.ask('get', 'nothing')]);
    const killed = performance.now();
    const ended = Promise.allSettled([...calls, waitingElsewhere]);
    await host.kill();
    for (const outcome of await ended) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'broker_gone' } });
    }
    await aborted;
    // The ends of sockets tell it, and no timer: generous, and still far below any timeout of ours.
    expect(performance.now() - killed).toBeLessThan(5_000);
    expect(() => lease.value).toThrow(
      expect.objectContaining({
        code: 'lease_lost',
        details: { lease: 'one#1', reason: 'disconnected' },
      }),
    );
    await expect(client.get('k')).rejects.toMatchObject({ code: 'broker_gone' });
    await expect(connect(host.address)).rejects.toMatchObject({ code: 'broker_gone' });
    await client.close();
  });

  test('was killed: the next start removes what it left', async () => {
    const directory = makeDirectory();
    const first = await startHost({}, directory);
    const { pipe } = first.address;
    await first.kill();
    if (posix) expect(existsSync(pipe)).toBe(true);
    const second = await startHost({}, directory);
    await until(() => !existsSync(dirname(pipe)), 'the end of what was left');
    await (await connect(second.address)).close();
    await second.ask('stop');
    expect(leftovers(directory)).toEqual([]);
  });

  test.runIf(posix).each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'hears %s without a listener of its own: it dies of that signal, and leaves nothing',
    async (signal) => {
      const directory = makeDirectory();
      const host = script('lonely-host.mjs', { XDG_RUNTIME_DIR: directory });
      const { pipe } = await told(host);
      expect(existsSync(pipe)).toBe(true);
      host.process.kill(signal);
      expect(await host.end).toEqual({ code: null, signal });
      expect(leftovers(directory)).toEqual([]);
    },
  );

  test.runIf(posix).each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('under a shell ends by %s with %i', async (signal, code) => {
    const directory = makeDirectory();
    const shell = run(
      'sh',
      ['-c', '"$0" "$1"; exit $?', process.execPath, join(SCRIPTS, 'lonely-host.mjs')],
      {
        XDG_RUNTIME_DIR: directory,
      },
    );
    process.kill((await told(shell)).pid, signal);
    expect(await shell.end).toEqual({ code, signal: null });
    expect(leftovers(directory)).toEqual([]);
  });

  test.runIf(posix)(
    'hears a signal where this package is there twice: it dies of it all the same',
    async () => {
      const directory = makeDirectory();
      const host = script('lonely-host.mjs', { XDG_RUNTIME_DIR: directory, TWICE: '1' });
      await told(host);
      host.process.kill('SIGTERM');
      expect(await host.end).toEqual({ code: null, signal: 'SIGTERM' });
      expect(leftovers(directory)).toEqual([]);
    },
  );

  test.runIf(posix)(
    'has a listener of its own: that decides, the broker stays, and goes with the exit',
    async () => {
      const directory = makeDirectory();
      const host = script('lonely-host.mjs', { XDG_RUNTIME_DIR: directory, LISTEN: 'SIGINT' });
      const address = await told(host);
      for (let times = 1; times <= 2; times++) {
        host.process.kill('SIGINT');
        await until(
          () => host.output().split('heard SIGINT').length > times,
          'the host’s own listener',
        );
      }
      await (await connect(address)).close();
      host.process.kill('SIGTERM');
      expect(await host.end).toEqual({ code: null, signal: 'SIGTERM' });
      expect(leftovers(directory)).toEqual([]);
    },
  );

  test.each([
    ['calls process.exit', 'exit', 3],
    ['throws', 'throw', 1],
    ['leaves a rejection unhandled', 'reject', 1],
    ['comes to its end: a broker keeps no process alive', 'return', 0],
  ])('%s: it ends as it would without a broker, and leaves nothing', async (_, then, code) => {
    const directory = makeDirectory();
    const host = script('lonely-host.mjs', { XDG_RUNTIME_DIR: directory, THEN: then });
    expect(await host.end).toEqual({ code, signal: null });
    const { secret } = await told(host);
    expect(leftovers(directory)).toEqual([]);
    expect(host.output().split('\n').slice(1).join('\n')).not.toContain(secret);
  });
});

describe('a host whose broker has values to dispose of', () => {
  const host = (env: Record<string, string> = {}) => {
    const directory = makeDirectory();
    return { directory, ...script('provider-host.mjs', { XDG_RUNTIME_DIR: directory, ...env }) };
  };
  const heard = (run: Run, text: string) => until(() => run.output().includes(text), text);

  test.runIf(posix)('does so before it dies of a signal', async () => {
    const run = host();
    await heard(run, 'provided t1');
    run.process.kill('SIGINT');
    expect(await run.end).toEqual({ code: null, signal: 'SIGINT' });
    expect(run.output()).toBe('provided t1\ndisposing of t1\ndisposed of t1\n');
    expect(leftovers(run.directory)).toEqual([]);
  });

  test.runIf(posix)('dies at once of a second signal, and says what is left', async () => {
    const run = host({ HANG: '1' });
    await heard(run, 'provided t1');
    run.process.kill('SIGINT');
    await heard(run, 'disposing of t1');
    run.process.kill('SIGINT');
    expect(await run.end).toEqual({ code: null, signal: 'SIGINT' });
    expect(run.output()).toContain("the run ended before these values were disposed of: 'tenant'");
    expect(leftovers(run.directory)).toEqual([]);
  });

  test('that exits says what is left', async () => {
    const run = host({ EXIT: '1' });
    expect(await run.end).toEqual({ code: 3, signal: null });
    expect(run.output()).toContain("the run ended before these values were disposed of: 'tenant'");
    expect(leftovers(run.directory)).toEqual([]);
  });
});

describe('a script', () => {
  test('that connects, leases and returns ends by itself', async () => {
    const host = await startHost({ pools: { one: ['a'] } });
    const ended = script('returns.mjs', envOf(host));
    expect(await ended.end).toEqual({ code: 0, signal: null });
    expect(ended.output()).toBe('has a\nreturns\n');
    // And its lease with it.
    const client = await connect(host.address);
    expect((await client.lease('one')).token).toBe(2);
    await client.close();
  });

  test('that waits for a lease does not end before it has it', async () => {
    const host = await startHost({ pools: { one: ['a'] } });
    const client = await connect(host.address);
    const lease = await client.lease('one');
    const waiting = script('returns.mjs', envOf(host));
    await until(async () => (await client.pools())[0]!.waiting === 1, 'the wait of the script');
    await pause(300);
    expect([waiting.process.exitCode, waiting.output()]).toEqual([null, '']);
    await lease.release();
    expect(await waiting.end).toEqual({ code: 0, signal: null });
    expect(waiting.output()).toBe('has a\nreturns\n');
    await client.close();
  });

  test.runIf(posix)(
    'whose renewal is not answered, since the broker is stopped, ends by itself all the same',
    async () => {
      const host = await startHost({ pools: { one: ['a'] } });
      const ended = script('returns.mjs', { ...envOf(host), LINGER: '1000' });
      await until(() => ended.output().startsWith('has a'), 'the lease of the script');
      host.signal('SIGSTOP');
      expect(await ended.end).toEqual({ code: 0, signal: null });
      expect(ended.output()).toBe('has a\nreturns\n');
    },
  );
});

test.runIf(process.platform === 'linux')(
  '`ephemeral-broker run` hands the secret on by the environment, and it is in no arguments',
  async () => {
    const program = `
    const { readFileSync } = require('node:fs');
    const lines = [process.pid, process.ppid].map((pid) => readFileSync('/proc/' + pid + '/cmdline', 'utf8'));
    console.log(process.env.EPHEMERAL_SECRET.length, lines.some((line) => line.includes(process.env.EPHEMERAL_SECRET)));
  `;
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    const ran = run(process.execPath, [cli, 'run', '--', process.execPath, '-e', program], {
      XDG_RUNTIME_DIR: makeDirectory(),
    });
    expect(await ran.end).toEqual({ code: 0, signal: null });
    expect(ran.output()).toBe('64 false\n');
  },
);
