import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { broker, cli, clientOf, directory, inShell, node, start } from './cli.ts';

const posix = process.platform !== 'win32';
/** Until its input ends: what outlives a test's command line would be left. */
const STAYS = "process.stdin.resume().on('end', () => process.exit());";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Listens where a broker should. */
async function impostor(name: string, greet: (socket: Socket) => void): Promise<string> {
  const pipe = posix ? join(directory, name) : `\\\\.\\pipe\\eb-${name}-${process.pid}`;
  const server = createServer((socket) => greet(socket.on('error', () => {})));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(pipe, resolve));
  return pipe;
}

describe('what is no broker is code 69, and named', () => {
  test.each([
    ['sends something else', (socket: Socket) => socket.write('HTTP/1.1 400 \u001b[2J\r\n\r\n')],
    ['never ends its line', (socket: Socket) => socket.write('x'.repeat(100_000))],
    ['closes the connection', (socket: Socket) => socket.end()],
    ['refuses with an error of its own', (socket: Socket) => socket.write(REFUSAL)],
  ])('where it %s', async (_, greet) => {
    const pipe = await impostor('other', greet);
    const { code, out, err } = await start(['health'], { EPHEMERAL_PIPE: pipe }, '').end;
    expect([code, out]).toEqual([69, '']);
    expect(err).toMatch(/^ephemeral-broker: .+\n$/);
    expect(err).not.toContain('\u001b');
  });

  const REFUSAL = '{"ok":false,"error":"full","message":"no room \\u001b[2J"}\n';

  test.runIf(posix)('where it is a file, a directory, or too long for a socket', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    for (const pipe of [file, directory, join(directory, 'x'.repeat(200))]) {
      const { code, err } = await start(['get', 'k'], { EPHEMERAL_PIPE: pipe }, '').end;
      expect(code).toBe(69);
      expect(err).toContain(pipe);
    }
  });
});

test('a broker that takes no more connections is code 69 to health', async () => {
  await clientOf(await broker({ limits: { maxConnections: 1 } }));
  const { code, err } = await cli('health');
  expect(code).toBe(69);
  expect(err).toContain('maxConnections');
});

test.runIf(posix)('a broker that is stopped is told after 30 s, with code 69', async () => {
  const host = start(['run', ...node(`console.log('ready'); ${STAYS}`)]);
  await host.says('ready');
  host.child.kill('SIGSTOP');
  const begun = performance.now();
  const all = [['status'], ['status', '--watch'], ['health'], ['set', 'k', '1', '--ttl', 'run']];
  for (const { code, err } of await Promise.all(all.map((args) => cli(...args)))) {
    expect(code).toBe(69);
    expect(err).toContain('its process is stopped, or its event loop is blocked');
  }
  expect(performance.now() - begun).toBeLessThan(60_000);
  host.child.kill('SIGCONT');
  expect(await cli('health')).toMatchObject({ code: 0 });
  host.child.kill('SIGTERM');
  await host.end;
});

test.runIf(posix)(
  'of what else lies beside a broker nothing is taken for one, nor hurts',
  async () => {
    const { pipe } = await broker();
    const own = dirname(pipe);
    const owner = join(own, 'owner.json');
    const make = (name: string) => {
      const made = join(dirname(own), `b-${name}`);
      mkdirSync(made, { mode: 0o700 });
      return made;
    };
    make('empty1');
    writeFileSync(join(make('notjsn'), 'owner.json'), '{"pid":');
    writeFileSync(join(make('null00'), 'owner.json'), 'null');
    writeFileSync(join(make('huge00'), 'owner.json'), Buffer.alloc(1_000_000, ' '));
    symlinkSync(owner, join(make('link00'), 'owner.json'));
    mkdirSync(join(make('dir000'), 'owner.json'));
    symlinkSync(own, join(dirname(own), 'b-link01'));
    writeFileSync(join(dirname(own), 'b-file00'), '');
    const deaf = make('deaf00');
    copyFileSync(owner, join(deaf, 'owner.json'));
    writeFileSync(join(deaf, 's'), '');
    const open = make('open00');
    copyFileSync(owner, join(open, 'owner.json'));
    symlinkSync(pipe, join(open, 's'));
    chmodSync(open, 0o777);
    expect(readdirSync(dirname(own))).toContain(basename(open));
    expect(await cli('health')).toEqual({ code: 0, out: 'ok\n', err: '' });
  },
);

test.runIf(posix)('who reads no more of the output has seen enough: code 0', async () => {
  await broker();
  const script = '{ "$@"; echo $? >code; } | head -n 1';
  const watching = inShell(script, ['status', '--watch', '--every', '50ms']);
  expect(await watching.end).toEqual({ code: 0, out: 'Pools\n', err: '' });
  expect(readFileSync(join(directory, 'code'), 'utf8')).toBe('0\n');
});

describe.runIf(process.platform === 'linux')('a full disk', () => {
  test('under the output is code 1, and told in a line', async () => {
    await broker();
    for (const args of [['health'], ['status'], ['status', '--watch'], ['metrics']]) {
      const { code, err } = await inShell('exec "$@" >/dev/full', args).end;
      expect([code, err]).toEqual([1, 'ephemeral-broker: the output was not written: ENOSPC\n']);
    }
  });

  test('under the journal and the report is told, and the command’s code stays', async () => {
    const env = { EPHEMERAL_JOURNAL: '/dev/full', EPHEMERAL_REPORT: '/dev/full' };
    const { code, err } = await start(['run', ...node('process.exit(7)')], env, '').end;
    expect(code).toBe(7);
    expect(err).toContain('the journal was not written: ENOSPC');
    expect(err).toContain('the report was not written: ENOSPC');
  });

  test.each(['/dev/full', '| true'])(
    'under what is told on stderr (%s) ends no run',
    async (to) => {
      const program = 'const { EPHEMERAL_PIPE: pipe, EPHEMERAL_SECRET: secret } = process.env;';
      writeFileSync(
        join(directory, 'uses.mjs'),
        `${program}
      import { connect } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      import { writeFileSync } from 'node:fs';
      const client = await connect({ pipe, secret });
      for (let i = 0; i < 50; i++) { await client.lock('k').then((lock) => lock.release()); }
      writeFileSync('used', 'all of it');`,
      );
      const script = to.startsWith('|')
        ? // The code of the pipe's first command, in any shell.
          `{ { "$@" 2>&1 >/dev/null; echo $? >code; } ${to}; }; exit $(cat code)`
        : `exec "$@" 2>${to}`;
      const env = { DEBUG: 'ephemeral-broker*' };
      const ran = inShell(script, ['run', '--', process.execPath, 'uses.mjs'], env);
      expect((await ran.end).code).toBe(0);
      expect(readFileSync(join(directory, 'used'), 'utf8')).toBe('all of it');
    },
  );
});

test('a place for the broker that is none is code 69, and said', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  for (const place of [file, join(directory, 'none')]) {
    const { code, err } = await start(['run', ...node('')], { EPHEMERAL_DIR: place }, '').end;
    expect(code).toBe(69);
    expect(err).toContain(place);
    expect(err).toContain('EPHEMERAL_DIR');
  }
});

describe('a journal', () => {
  async function journal(): Promise<string> {
    const file = join(directory, 'a.journal');
    const env = { EPHEMERAL_JOURNAL: file };
    expect(await start(['run', ...node('')], env, '').end).toMatchObject({ code: 0, err: '' });
    return file;
  }
  const EVENT = '{"type":"session","session":1,"identity":{},"at":1,"ms":1}\n';

  test('that cannot be written, for want of its directory, is told, and the command’s code stays', async () => {
    const env = { EPHEMERAL_JOURNAL: join(directory, 'none/a.journal') };
    const { code, err } = await start(['run', ...node('process.exit(7)')], env, '').end;
    expect(code).toBe(7);
    expect(err).toMatch(/^ephemeral-broker: the journal was not written: ENOENT[^\n]*\n$/);
  });

  test('that was cut off is drawn, and told', async () => {
    const file = await journal();
    writeFileSync(file, readFileSync(file, 'utf8') + EVENT + EVENT.slice(0, 30));
    const { code, out, err } = await cli('report', file);
    expect([code, out]).toEqual([0, 'report.html\n']);
    expect(err).toContain('was cut off in its last line');
  });

  test.each([
    ['is empty', () => '', 'is empty'],
    ['was cut off in its first line', (text: string) => text.slice(0, 30), 'is cut off'],
    ['is none', () => '<html>', 'does not begin a journal'],
    [
      'is of a later version',
      (text: string) => text.replace('"journal":1', '"journal":2'),
      'is of format 2',
    ],
    ['is damaged', (text: string) => `${text}{"a":1}\n${EVENT}`, 'line 2: is no event'],
  ])('that %s is code 1, and told', async (_, change, message) => {
    const file = await journal();
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    const { code, out, err } = await cli('report', file);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(readdirSync(directory)).not.toContain('report.html');
  });
});

describe('run within run', () => {
  const nested = (config: string) => {
    writeFileSync(join(directory, 'broker.config.json'), '{"pools":{"p":[1]}}');
    const inner = join(directory, 'inner.json');
    writeFileSync(inner, config);
    return inShell('exec "$@" -- "$1" "$2" run --config inner.json -- "$1" "$2" status', ['run'])
      .end;
  };

  test.runIf(posix)('is one broker', async () => {
    const { code, out } = await nested('{"pools":{"p":[1]}}');
    expect(code).toBe(0);
    expect(out).toContain('p  0 of 1 held');
  });

  test.runIf(posix)('with another config is code 2, and says what differs', async () => {
    const { code, err } = await nested('{"pools":{"q":[1]}}');
    expect(code).toBe(2);
    expect(err).toContain("it has no pool 'q'");
  });
});

describe.runIf(posix)('SIGKILL', () => {
  test('of lease frees the resource at once', async () => {
    const client = await clientOf(await broker({ pools: { one: ['a'] } }));
    const holder = start(['lease', 'one', ...node(`console.log('has it'); ${STAYS}`)]);
    await holder.says('has it');
    holder.child.kill('SIGKILL');
    await (await client.lease('one', { timeout: '10s' })).release();
    // The command goes on without it, until its input ends.
    holder.child.stdin!.end();
    expect((await holder.end).code).toBe(137);
  });

  test('of once hands the making to the next who waits', async () => {
    const client = await clientOf(await broker());
    const first = start(['once', 'k', ...node(`console.error('makes'); ${STAYS}`)]);
    await first.says('makes');
    const second = start(['once', 'k', ...node('console.log(2)')]);
    await expect.poll(async () => (await client.status()).totals.waiters).toBe(1);
    first.child.kill('SIGKILL');
    expect(await second.end).toMatchObject({ code: 0, out: '2\n' });
  });

  test('of the broker ends what uses it, each with its code', async () => {
    const host = start(['run', ...node(`console.log('ready'); ${STAYS}`)]);
    await host.says('ready');
    const watching = start(['status', '--watch', '--every', '50ms']);
    await watching.says('Pools');
    const making = start(['once', 'k', ...node(`console.error('makes'); ${STAYS}`)]);
    await making.says('makes');
    const waiting = start(['once', 'k', ...node('')]);
    await expect.poll(async () => (await cli('status')).out).toContain('Waiting: 1');
    host.child.kill('SIGKILL');
    expect((await watching.end).code).toBe(0);
    expect(await making.end).toMatchObject({ code: 76, err: expect.stringContaining('was lost') });
    expect(await waiting.end).toMatchObject({ code: 69, err: expect.stringContaining('is gone') });
  });
});
