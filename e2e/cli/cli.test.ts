import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { broker, cli, clientOf, directory, node, start } from './cli.ts';

const posix = process.platform !== 'win32';
const POOLS = {
  accounts: [
    { user: 'ada', role: 'admin' },
    { user: 'bob', role: 'buyer' },
  ],
};

describe('the broker', () => {
  test('that runs is found without any environment', async () => {
    await broker();
    expect(await cli('health')).toEqual({ code: 0, out: 'ok\n', err: '' });
  });

  test('is missed with code 69, where none runs', async () => {
    for (const args of [['health'], ['get', 'k'], ['status'], ['metrics'], ['list']]) {
      const { code, out, err } = await cli(...args);
      expect([code, out]).toEqual([69, '']);
      expect(err).toContain('ephemeral-broker run -- COMMAND');
    }
  });

  test('of three is chosen with --pipe; without, code 69 and a list, with no secret in it', async () => {
    const [, second] = [await broker(), await broker(), await broker()];
    await (await clientOf(second!)).set('k', 2, { ttl: 'run' });
    const { code, err } = await cli('get', 'k');
    expect(code).toBe(69);
    expect(err).toMatch(/^ephemeral-broker: 3 brokers of yours run/);
    expect(err).toContain(second!.pipe);
    expect(err).toContain(`pid ${process.pid} in ${process.cwd()}, since 2`);
    expect(err).not.toContain(second!.secret);
    expect(await cli('get', 'k', '--pipe', second!.pipe)).toMatchObject({ code: 0, out: '2\n' });
  });

  test('that the environment names and that is gone: code 69', async () => {
    const gone = start(['get', 'k'], { EPHEMERAL_PIPE: join(directory, 'none') }, '');
    expect(await gone.end).toMatchObject({ code: 69 });
  });

  test('of another EPHEMERAL_DIR is not found', async () => {
    await broker();
    const elsewhere = start(['health'], { EPHEMERAL_DIR: join(directory, 'other') }, '');
    expect(await elsewhere.end).toMatchObject({ code: 69 });
  });

  test('that allows everyone in is found too', async () => {
    await broker({ auth: false });
    expect(await cli('health')).toMatchObject({ code: 0, out: 'ok\n' });
  });
});

describe('values', () => {
  test('go in and come out as JSON', async () => {
    await broker();
    expect(await cli('set', 'user', '{"name":"ada"}', '--ttl', '5m')).toMatchObject({ out: '1\n' });
    expect(await start(['set', 'text', '-', '--ttl', 'run'], {}, '"a\\nb"\n').end).toMatchObject({
      code: 0,
    });
    expect(await cli('get', 'user')).toEqual({ code: 0, out: '{"name":"ada"}\n', err: '' });
    expect(await cli('get', 'text')).toMatchObject({ out: '"a\\nb"\n' });
    expect(await cli('get', 'text', '--raw')).toMatchObject({ out: 'a\nb\n' });
    const { out } = await cli('list');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { key: 'text', version: 2 },
      { key: 'user', version: 1, expiresAt: expect.any(Number) },
    ]);
    expect((await cli('list', 'us')).out).toMatch(/^\{"key":"user"[^\n]*\n$/);
    expect(await cli('del', 'user')).toMatchObject({ code: 0, out: 'true\n' });
    expect(await cli('del', 'user')).toMatchObject({ code: 0, out: 'false\n' });
  });

  test('that are not there, or there already, are code 1', async () => {
    await broker();
    expect(await cli('get', 'k')).toMatchObject({ code: 1, out: '' });
    const set = ['set', 'k', '1', '--ttl', 'run', '--if-absent'];
    expect(await cli(...set)).toMatchObject({ code: 0 });
    expect(await cli(...set)).toMatchObject({ code: 1, out: '' });
  });

  test('that are no JSON are code 2, and are not shown', async () => {
    await broker();
    const { code, err } = await cli('set', 'k', 'hunter2', '--ttl', 'run');
    expect(code).toBe(2);
    expect(err).not.toContain('hunter2');
  });

  test('that are too large, or would lose digits, are refused', async () => {
    await broker();
    const large = JSON.stringify('a'.repeat(2 ** 24));
    const set = await start(['set', 'k', '-', '--ttl', 'run'], {}, large).end;
    expect([set.code, set.out]).toEqual([1, '']);
    expect(set.err).toContain('more than 16777216 bytes');
    expect(await cli('set', 'k', '12345678901234567890', '--ttl', 'run')).toMatchObject({
      code: 2,
    });
    expect(await cli('set', 'k', '--ttl', 'run', '--', '-5')).toMatchObject({ code: 0 });
    expect(await cli('get', 'k')).toMatchObject({ out: '-5\n' });
  });

  test('drive no terminal', async () => {
    const client = await clientOf(await broker());
    await client.set('k', '\u001b[2J\u009b1m\u202e', { ttl: 'run' });
    expect((await cli('get', 'k')).out).toBe('"\\u001b[2J\\u009b1m\\u202e"\n');
  });
});

test.each([
  [[], 'A command is missing'],
  [['stats'], "Did you mean 'status'?"],
  [['get'], 'too few words'],
  [['get', 'a', 'b'], 'too many words'],
  [['status', '--wach'], "Unknown option '--wach'"],
  [['lease', 'accounts'], 'no command behind --'],
  [['run', '--config', 'none.json', ...node('')], 'none.json'],
  [['run', '--', ''], 'no command behind --'],
  [['set', 'n', '-5'], 'a word that begins with - goes behind a --'],
])('a wrong use is code 2, and says what is wrong: %j', async (args, message) => {
  const { code, out, err } = await cli(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(message);
});

test('help and version are code 0', async () => {
  expect((await cli('--help')).out).toContain('Exit codes');
  expect((await cli('lease', '--help')).out).toContain('EPHEMERAL_RESOURCE');
  expect((await cli('help', 'once')).out).toContain('Usage: ephemeral-broker once');
  expect((await cli('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('run says where the report is that was asked for, and otherwise nothing of its own', async () => {
  const ended = { code: 0, out: 'done\n', err: '' };
  const run = (env = {}) => start(['run', ...node("console.log('done')")], env).end;
  expect(await run()).toEqual(ended);
  const err = '\nephemeral-broker: report: report.html\n';
  expect(await run({ EPHEMERAL_REPORT: 'report.html' })).toEqual({ ...ended, err });
});

describe.each([
  ['run', ['run']],
  ['lease', ['lease', 'accounts']],
  ['once', ['once', 'k']],
])('%s hands on how its command ended', (name, args) => {
  const ending = async (...command: string[]) => {
    if (name !== 'run') await broker({ pools: POOLS });
    return await cli(...args, ...command);
  };

  test('its code', async () => {
    expect((await ending(...node('process.exit(7)'))).code).toBe(7);
    expect(await cli(...args, ...node(''))).toMatchObject({ code: 0 });
  });

  test.runIf(posix)('a signal, as 128 + n', async () => {
    expect((await ending(...node("process.kill(process.pid, 'SIGKILL')"))).code).toBe(137);
  });

  test.runIf(posix)('a command that is not found, as 127', async () => {
    const { code, err } = await ending('--', 'no-such-command');
    expect(code).toBe(127);
    expect(err).toContain('no-such-command: not found');
  });

  test.runIf(posix)('a command that cannot be run, as 126', async () => {
    const file = join(directory, 'plain.txt');
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    expect((await ending('--', file)).code).toBe(126);
  });

  test.runIf(posix)('a signal that it passes on', async () => {
    if (name !== 'run') await broker({ pools: POOLS });
    const ready = "process.stderr.write('ready'); setInterval(() => {}, 1000);";
    const started = start([...args, ...node(ready)]);
    await started.says('ready');
    started.child.kill('SIGTERM');
    expect((await started.end).code).toBe(143);
  });
});

describe('lease', () => {
  test('gives the resource as JSON and as variables, and the broker', async () => {
    await broker({ pools: POOLS });
    const program =
      'const e = process.env; console.log(e.EPHEMERAL_RESOURCE, e.EPHEMERAL_RESOURCE_USER, !!e.EPHEMERAL_PIPE)';
    expect(await cli('lease', 'accounts', '--where', 'role=buyer', ...node(program))).toEqual({
      code: 0,
      out: '{"user":"bob","role":"buyer"} bob true\n',
      err: '',
    });
  });

  test('that is waited for in vain is code 75, and says who holds it', async () => {
    const started = await broker({ pools: { one: ['a'] } });
    await (await clientOf(started)).lease('one', { purpose: { test: 'buys' } });
    const { code, err } = await cli('lease', 'one', '--timeout', '0ms', ...node(''));
    expect(code).toBe(75);
    expect(err).toContain("test 'buys'");
  });

  test('of a pool that is not there is code 1, with the nearest', async () => {
    await broker({ pools: POOLS });
    const { code, err } = await cli('lease', 'acounts', ...node(''));
    expect(code).toBe(1);
    expect(err).toContain("Did you mean 'accounts'?");
  });

  test('that is no pair for --where is code 2', async () => {
    await broker({ pools: POOLS });
    expect((await cli('lease', 'accounts', '--where', 'admin', ...node(''))).code).toBe(2);
  });

  test('is free again when the command has ended, also by a signal', async () => {
    const client = await clientOf(await broker({ pools: { one: ['a'] } }));
    const started = start([
      'lease',
      'one',
      ...node("console.log('has it'); setInterval(() => {}, 1000);"),
    ]);
    await started.says('has it');
    const free = async () => (await client.pools())[0]!.held === 0;
    expect(await free()).toBe(false);
    started.child.kill('SIGINT');
    await started.end;
    expect(await free()).toBe(true);
  });

  test.runIf(posix)('that is lost stops the command, says so, and is code 76', async () => {
    const client = await clientOf(await broker({ pools: { one: ['a'] } }));
    const program =
      "process.on('SIGTERM', () => { console.log('told'); process.exit(0); }); console.log('has it'); setInterval(() => {}, 1000);";
    const started = start(['lease', 'one', ...node(program)]);
    await started.says('has it');
    const [held] = (await client.status()).leases;
    await client.revoke(held!.lease);
    const { code, out, err } = await started.end;
    expect([code, out]).toEqual([76, 'has it\ntold\n']);
    expect(err).toContain('was lost (revoked)');
  });

  test.runIf(posix)('that is lost kills a command that does not stop', async () => {
    const started = await broker({ pools: { one: ['a'] } });
    const program =
      "process.on('SIGTERM', () => console.log('no')); console.log('has it'); setInterval(() => {}, 1000);";
    const holder = start(['lease', 'one', ...node(program)]);
    await holder.says('has it');
    await started.stop();
    const { code, out } = await holder.end;
    expect([code, out]).toEqual([76, 'has it\nno\n']);
  });
});

describe('once', () => {
  test('makes the value by the command, once, and prints it', async () => {
    await broker();
    const make = (what: string) => cli('once', 'k', ...node(`console.log(${what})`));
    expect(await make(`'{"a":1}'`)).toEqual({ code: 0, out: '{"a":1}\n', err: '' });
    expect(await make(`'other'`)).toMatchObject({ code: 0, out: '{"a":1}\n' });
    expect(await cli('get', 'k')).toMatchObject({ out: '{"a":1}\n' });
  });

  test('takes what is no JSON for a text', async () => {
    await broker();
    const args = ['once', 'k', '--raw', ...node("console.log('two\\nlines')")];
    expect(await cli(...args)).toMatchObject({ code: 0, out: 'two\nlines\n' });
    expect(await cli('get', 'k')).toMatchObject({ out: '"two\\nlines"\n' });
  });

  test.runIf(posix)('stops a command that prints too much, and its children with it', async () => {
    await broker();
    const { code, err } = await cli('once', 'k', '--', 'sh', '-c', 'yes; true');
    expect(code).toBe(1);
    expect(err).toContain('more than 16777216 bytes');
    expect(await cli('get', 'k')).toMatchObject({ code: 1, out: '' });
  });

  test.runIf(posix)('that is lost ends, though a child of its command goes on', async () => {
    const client = await clientOf(await broker());
    const script = 'trap "exit 0" TERM; exec 3<&0; { echo makes >&2; read line <&3; } & wait';
    const making = start(['once', 'k', '--', 'sh', '-c', script]);
    await making.says('makes');
    const [held] = (await client.status()).leases;
    await client.revoke(held!.lease);
    await new Promise<void>((resolve) => making.child.once('exit', () => resolve()));
    expect(making.child.exitCode).toBe(76);
  });

  test('takes a version for the text that it is, and refuses what is no text', async () => {
    await broker();
    const version = await cli('once', 'version', ...node("console.log('1.10')"));
    expect(version).toMatchObject({ code: 0, out: '"1.10"\n' });
    const bytes = await cli('once', 'k', ...node('process.stdout.write(Buffer.from([255]))'));
    expect([bytes.code, bytes.out]).toEqual([2, '']);
    expect(bytes.err).toContain('it is not UTF-8');
  });

  test('whose command fails makes nothing', async () => {
    await broker();
    const { code, out } = await cli('once', 'k', ...node("console.log('half'); process.exit(3)"));
    expect([code, out]).toEqual([3, '']);
    expect(await cli('get', 'k')).toMatchObject({ code: 1 });
  });
});

describe('status', () => {
  test('tells who holds what by their tests, as plain lines where there is no terminal', async () => {
    const client = await clientOf(await broker({ pools: POOLS }));
    await client.lease('accounts', { purpose: { test: 'buys\u001b[2J', file: 'shop.test.ts' } });
    await client.set('base-url', 'hunter2', { ttl: 'run' });
    const { code, out } = await cli('status');
    expect(code).toBe(0);
    expect(out).toMatch(/^Pools\n {2}accounts {2}1 of 2 held\n/);
    expect(out).toMatch(/accounts\[0\] for \S+ \S+: buys�\[2J \(shop\.test\.ts\), vitest worker 1/);
    expect(out).toContain('base-url');
    expect(out).not.toContain('hunter2');
    const json = JSON.parse((await cli('status', '--json')).out);
    expect(json).toMatchObject({ leases: [{ pools: ['accounts'], file: 'shop.test.ts' }] });
  });

  test('--watch goes on in plain lines, and ends with the broker', async () => {
    const started = await broker({ pools: POOLS });
    const client = await clientOf(started);
    const watching = start(['status', '--watch', '--every', '50ms']);
    await watching.says('0 of 2 held');
    await client.lease('accounts');
    await watching.says('1 of 2 held');
    await started.stop();
    const { code, out } = await watching.end;
    expect(code).toBe(0);
    expect(out).not.toContain('\u001b');
  });

  test('as Prometheus reads it', async () => {
    await broker({ pools: POOLS });
    const { code, out } = await cli('metrics');
    expect(code).toBe(0);
    expect(out).toContain('ephemeral_broker_pool_resources{pool="accounts",state="free"} 2\n');
  });
});
