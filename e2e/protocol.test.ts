import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Broker, BrokerConfig } from '../src/index.ts';

// The built package, which a check of types must not need.
const dist = new URL('../dist/index.js', import.meta.url).href;
const { BrokerError, connect, definePlugin, startBroker } = (await import(
  dist
)) as typeof import('../src/index.ts');

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const DOCS = ['protocol.md', 'errors.md'].map((name) => {
  return { name, text: readFileSync(path(`../docs/${name}`), 'utf8') };
});
const PROTOCOL = DOCS[0]!.text;
const END = '(end)';
/** A line that does not come within this time does not come. */
const PATIENCE_MS = 4_000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function started(config: BrokerConfig): Promise<Broker> {
  const broker = await startBroker({ ...config, ...EXTENDED });
  cleanUps.push(() => broker.stop());
  return broker;
}

/** What the examples ask for. */
const EXTENDED: BrokerConfig = {
  values: {
    token: { provide: () => 't1', ttl: '1m' },
    outage: {
      provide: () => {
        throw new Error('503 Service Unavailable');
      },
    },
  },
  plugins: [
    definePlugin({
      name: 'mail',
      setup(broker) {
        const params = (given: unknown) => {
          if (typeof Object(given).to !== 'string') throw new Error('to: expected a text');
          return given;
        };
        const last = ({ to }: { to: string }) => {
          if (to === 'ann') return { subject: 'Hello' };
          if (to === 'bob') throw new BrokerError('mail/empty', `There is no mail for ${to}.`);
          throw new Error('connect ECONNREFUSED');
        };
        broker.register('mail/last', last, { params });
      },
    }),
  ],
};

/** A socket and the lines that come out of it; nothing of ours in between. */
class Wire {
  readonly socket: Socket;
  #rest = '';
  readonly #lines: string[] = [];
  #wake = () => {};

  constructor(pipe: string, options: { allowHalfOpen?: boolean } = {}) {
    this.socket = dial({ path: pipe, ...options });
    cleanUps.push(() => this.socket.destroy());
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop()!;
      this.#take(...lines);
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.#take(...(this.#rest ? [this.#rest] : []), END));
  }

  send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The next line, or `END`. */
  async next(): Promise<string> {
    const line = this.#lines[0];
    if (line === END) return END;
    if (line !== undefined) return this.#lines.shift()!;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        timer = setTimeout(() => reject(new Error('Nothing came.')), PATIENCE_MS);
      });
    } finally {
      clearTimeout(timer);
    }
    return this.next();
  }

  async ask(line: string): Promise<string> {
    this.send(line);
    return this.next();
  }

  #take(...lines: string[]): void {
    this.#lines.push(...lines);
    this.#wake();
  }
}

interface Step {
  line: number;
  /** Which client; '' where there is one only. */
  who: string;
  way: '→' | '←' | 'config' | 'stop';
  text: string;
}

interface Talk {
  name: string;
  steps: Step[];
}

/** The blocks of a page that are talks with a broker. */
function talksOf({ name, text }: { name: string; text: string }): Talk[] {
  const talks: Talk[] = [];
  let heading = '';
  let talk: Talk | undefined;
  text.split('\n').forEach((row, index) => {
    const line = index + 1;
    if (row === '```wire') {
      talk = { name: `${name}:${line}, ${heading}`, steps: [] };
      talks.push(talk);
    } else if (row === '```') talk = undefined;
    else if (talk) talk.steps.push(stepOf(row, line));
    else heading = /^#+ (.*)/.exec(row)?.[1] ?? heading;
  });
  return talks;
}

function stepOf(row: string, line: number): Step {
  const spoken = /^(?:([A-Z]) )?([→←]) (.+)$/.exec(row);
  if (spoken) {
    const [, who = '', way, text] = spoken;
    return { line, who, way: way as '→' | '←', text: text! };
  }
  const told = /^# (config|stop): (.+)$/.exec(row);
  if (told) return { line, who: '', way: told[1] as 'config' | 'stop', text: told[2]! };
  throw new Error(`Line ${line} is no part of a talk: ${row}`);
}

const HEX: Record<string, RegExp> = {
  'broker nonce': /^[0-9a-f]{32}$/,
  'broker id': /^[0-9a-f]{32}$/,
  digest: /^[0-9a-f]{16}$/,
};

/** Whether what came is what the page says; placeholders stand for what differs from run to run. */
function compare(came: unknown, said: unknown, known: Map<string, string>): void {
  const placeholder = typeof said === 'string' ? /^<(.+)>$/.exec(said)?.[1] : undefined;
  if (placeholder === undefined) {
    if (typeof said !== 'object' || said === null) return expect(came).toBe(said);
    expect(came).toBeTypeOf('object');
    expect(Object.keys(came as object).sort()).toEqual(Object.keys(said).sort());
    for (const [key, part] of Object.entries(said)) {
      compare((came as Record<string, unknown>)[key], part, known);
    }
  } else if (placeholder === 'ms') {
    expect(came).toBeTypeOf('number');
    expect(came).toBeGreaterThanOrEqual(0);
  } else if (placeholder === 'text') {
    expect(came).toMatch(/./);
  } else if (placeholder === 'broker proof') {
    expect(came).toBe(known.get(placeholder));
  } else {
    expect(HEX[placeholder], `the placeholder <${placeholder}>`).toBeDefined();
    expect(came).toMatch(HEX[placeholder]!);
  }
}

/** By the page: the key is the secret's text, and the transcript is six texts joined by LF. */
function proof(role: string, secret: string, ...seen: (string | number)[]): string {
  const transcript = ['ephemeral-broker', role, ...seen].join('\n');
  return createHmac('sha256', Buffer.from(secret, 'ascii'))
    .update(transcript, 'utf8')
    .digest('hex');
}

const BARRIER = '"the line before"';

/** Plays a talk with a real broker. Where another client goes on, what was sent before has arrived. */
async function play(talk: Talk): Promise<void> {
  const config = talk.steps.find(({ way }) => way === 'config')?.text ?? configOfPage();
  const broker = await started(JSON.parse(config));
  const wires = new Map<string, Wire>();
  const ended = new Set<string>();
  const known = new Map<string, string>();
  let nonce = '';
  const steps = talk.steps.filter(({ way }) => way !== 'config');
  for (const [index, { line, who, way, text }] of steps.entries()) {
    if (way === 'stop') {
      broker.stop();
      continue;
    }
    const wire = wires.get(who) ?? new Wire(broker.pipe);
    wires.set(who, wire);
    try {
      if (way === '←') {
        const came = await wire.next();
        if (came === END || text === END) {
          expect(came).toBe(text);
          ended.add(who);
          continue;
        }
        const reply = JSON.parse(came);
        if (reply.nonce !== undefined) {
          const seen = [reply.version, reply.broker, nonce, reply.nonce];
          for (const role of ['broker', 'client']) {
            known.set(`${role} proof`, proof(role, broker.secret ?? '', ...seen));
          }
        }
        const said = text.replaceAll(/:(<\w+>)/g, ':"$1"');
        compare(reply, JSON.parse(said), known);
      } else if (text === END) {
        wire.socket.destroy();
        ended.add(who);
      } else {
        nonce = /"nonce":"(\w+)"/.exec(text)?.[1] ?? nonce;
        wire.send(text.replace('<client proof>', known.get('client proof') ?? ''));
        const next = steps[index + 1];
        if (next && next.who !== who) await settled(wire);
      }
    } catch (error) {
      throw new Error(`${talk.name.split(',')[0]}, at line ${line}: ${text}`, { cause: error });
    }
  }
  for (const [who, wire] of wires) {
    if (!ended.has(who))
      expect(await wire.ask(`{"id":${BARRIER},"action":"ping"}`)).toMatch(BARRIER);
  }
}

async function settled(wire: Wire): Promise<void> {
  expect(await wire.ask(`{"id":${BARRIER},"action":"ping"}`)).toBe(`{"id":${BARRIER},"ok":true}`);
}

/** The config that the page names for all blocks that name none. */
const configOfPage = (): string => /```json\n(\{ "auth": false.*)\n```/.exec(PROTOCOL)![1]!;

describe('the pages say what the broker does', () => {
  test.each(DOCS.flatMap(talksOf))('$name', async (talk) => {
    expect(talk.steps.some(({ way }) => way === '←')).toBe(true);
    await play(talk);
  });

  test('a page that says something else fails', async () => {
    const said = (line: string) =>
      play(talksOf({ name: 'x', text: `\`\`\`wire\n${line}\n\`\`\`` })[0]!);
    const ask = '→ {"id":1,"action":"incr","key":"n"}\n';
    await said(`${ask}← {"ok":true,"value":1,"id":1}`);
    await expect(said(`${ask}← {"id":1,"ok":true,"value":2}`)).rejects.toThrow('at line 3');
    await expect(said(`${ask}← {"id":1,"ok":true}`)).rejects.toThrow('at line 3');
    await expect(said(`${ask}← {"id":1,"ok":true,"value":"<text>"}`)).rejects.toThrow('at line 3');
    await expect(said(`${ask}← (end)`)).rejects.toThrow('at line 3');
    await expect(said(ask.trim())).rejects.toThrow();
  });
});

describe('errors.md shows the messages of the JavaScript side as they are', () => {
  const broker = async () => (await started({})) as { pipe: string; secret: string };
  const client = async () => {
    const opened = await connect(await broker());
    cleanUps.push(() => opened.close());
    return opened;
  };
  test.each<[string, () => Promise<unknown>]>([
    ['bad_config', () => startBroker({ pools: { accounts: [] } })],
    ['bad_option', async () => (await client()).set('k', 1, { ttl: '5' })],
    ['broker_gone', () => connect({ pipe: join(tmpdir(), 'no-broker-is-here') })],
    [
      'closed',
      async () => {
        const closed = await client();
        await closed.close();
        return closed.get('k');
      },
    ],
    ['no_broker', () => connect()],
    ['not_json', async () => (await client()).set('k', { at: new Date() }, { ttl: 1_000 })],
  ])('%s', async (code, provoke) => {
    vi.stubEnv('EPHEMERAL_PIPE', undefined);
    cleanUps.push(() => vi.unstubAllEnvs());
    const error = await provoke().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof BrokerError)) throw new Error(`No such error: ${error}`);
    const section = DOCS[1]!.text
      .split(/^(?=## )/m)
      .find((part) => part.startsWith(`## ${code}\n`))!;
    const message = /```text\n([^`]*)\n```/.exec(section)![1]!;
    const parts = message
      .split(/<[^<>]+>/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    expect(error.message).toMatch(new RegExp(`^${parts.join('.+')}$`));
    expect(error.code).toBe(code);
    for (const name of Object.keys(error.details)) expect(section).toContain(`\`${name}\``);
  });
});

describe('a person with a plain socket, authentication off', () => {
  test('gets a reply for each line, in order, without ids', async () => {
    const { pipe } = await started({ auth: false });
    const wire = new Wire(pipe);
    wire.send(
      '{"action":"set","key":"k","value":"ü","ttl":"run"}',
      '',
      '{"action":"get","key":"k"}',
      '{"action":"ping"}\r',
    );
    expect(await wire.next()).toBe('{"ok":true,"version":1}');
    expect(await wire.next()).toBe('{"ok":true,"value":"ü"}');
    expect(await wire.next()).toBe('{"ok":true}');
  });

  test('a wait without an id holds back the lines behind it, with ids or without', async () => {
    const { pipe } = await started({ auth: false });
    const holder = new Wire(pipe);
    expect(await holder.ask('{"action":"lock","name":"db"}')).toMatch('"lease":"lock:db#1"');
    const wire = new Wire(pipe);
    wire.send('{"id":1,"action":"ping"}', '{"action":"lock","name":"db"}');
    wire.send('{"id":2,"action":"ping"}', '{"action":"get","key":"k"}');
    expect(await wire.next()).toBe('{"id":1,"ok":true}');
    expect(await holder.ask('{"action":"release","lease":"lock:db#1"}')).toBe('{"ok":true}');
    expect(await wire.next()).toMatch('"lease":"lock:db#2"');
    expect(await wire.next()).toBe('{"id":2,"ok":true}');
    expect(await wire.next()).toMatch('not_found');
  });

  test('who ends the input still gets the replies that are ready, and waits no longer', async () => {
    const { pipe } = await started({ auth: false });
    const holder = new Wire(pipe);
    await holder.ask('{"action":"lock","name":"db"}');
    const wire = new Wire(pipe, { allowHalfOpen: true });
    wire.socket.end('{"action":"ping"}\n{"id":1,"action":"lock","name":"db"}\n{"action":"pi');
    expect(await wire.next()).toBe('{"ok":true}');
    expect(await wire.next()).toBe(END);
    await holder.ask('{"action":"release","lease":"lock:db#1"}');
    expect(await holder.ask('{"action":"lock","name":"db","timeout":0}')).toMatch('"token":2');
  });
});

describe('at a cap of the wire', () => {
  const ping = (bytes: number): string => '{"action":"ping"}'.padEnd(bytes);
  const tooLong = (cap: number): string =>
    `{"ok":false,"error":"too_large","message":"A line is longer than ${cap} bytes. The connection is closed.","details":{"maxLineBytes":${cap}}}`;

  test('a line as long as maxLineBytes is taken, and one byte more ends the connection', async () => {
    const { pipe } = await started({ auth: false });
    const wire = new Wire(pipe);
    expect(await wire.ask(ping(1_048_576))).toBe('{"ok":true}');
    expect(await wire.ask(ping(1_048_577))).toBe(tooLong(1_048_576));
    expect(await wire.next()).toBe(END);
  });

  test('before authentication the same holds for maxUnauthenticatedLineBytes', async () => {
    const { pipe } = await started({});
    const wire = new Wire(pipe);
    expect(await wire.ask(ping(4_096))).toMatch('auth_required');
    expect(await wire.next()).toBe(END);
    const other = new Wire(pipe);
    expect(await other.ask(ping(4_097))).toBe(tooLong(4_096));
    expect(await other.next()).toBe(END);
  });

  test('a line that is not UTF-8 ends the connection', async () => {
    const { pipe } = await started({ auth: false });
    const wire = new Wire(pipe);
    wire.socket.write(Buffer.from('{"action":"ping"}\n{"action":"pi\xff"}\n', 'latin1'));
    expect(await wire.next()).toBe('{"ok":true}');
    expect(await wire.next()).toMatch('"error":"bad_line"');
    expect(await wire.next()).toBe(END);
  });

  test('who is not authenticated within handshakeMs is closed without a word', async () => {
    const { pipe } = await started({ limits: { handshakeMs: 100 } });
    expect(await new Wire(pipe).next()).toBe(END);
  });

  test('more than maxLineBytes behind a wait without an id ends the connection', async () => {
    const { pipe } = await started({ auth: false, limits: { maxLineBytes: 1_000 } });
    const wire = new Wire(pipe);
    await wire.ask('{"action":"lock","name":"db"}');
    wire.send('{"action":"lock","name":"db"}', ping(1_000));
    wire.send(ping(30));
    expect(await wire.next()).toMatch('"error":"too_many"');
    expect(await wire.next()).toBe(END);
  });

  test('who does not read is not read from, and misses no reply when it reads again', async () => {
    const { pipe } = await started({ auth: false });
    const wire = new Wire(pipe);
    const value = 'x'.repeat(200_000);
    await wire.ask(JSON.stringify({ action: 'set', key: 'k', value, ttl: 'run' }));
    wire.socket.pause();
    wire.send(...Array.from({ length: 50 }, () => '{"action":"get","key":"k"}'));
    wire.send('{"action":"incr","key":"n"}');
    // More than the pipe itself holds is on its way by now: what comes behind it is not done yet.
    const other = new Wire(pipe);
    expect(await other.ask('{"action":"get","key":"n"}')).toMatch('not_found');
    wire.socket.resume();
    for (let i = 0; i < 50; i++) expect((await wire.next()).length).toBe(200_022);
    expect(await wire.next()).toBe('{"ok":true,"value":1}');
  });

  test('who leaves more than maxOutputBytes unread is closed, and nobody else notices', async () => {
    const limits = { pauseOutputBytes: 100_000, maxOutputBytes: 150_000 };
    const { pipe } = await started({ auth: false, limits });
    const wire = new Wire(pipe);
    await wire.ask('{"action":"lock","name":"db"}');
    const other = new Wire(pipe);
    const value = 'x'.repeat(90_000);
    await other.ask(JSON.stringify({ action: 'set', key: 'k', value, ttl: 'run' }));
    wire.socket.pause();
    wire.send(...Array.from({ length: 50 }, () => '{"action":"get","key":"k"}'));
    expect(await other.ask('{"action":"lock","name":"db"}')).toMatch('"token":2');
  });

  test('the connection above maxConnections is told why and closed, and the others go on', async () => {
    const { pipe } = await started({ auth: false, limits: { maxConnections: 1 } });
    const wire = new Wire(pipe);
    await wire.ask('{"action":"ping"}');
    const other = new Wire(pipe);
    expect(await other.next()).toMatch('"error":"too_many"');
    expect(await other.next()).toBe(END);
    expect(await wire.ask('{"action":"ping"}')).toBe('{"ok":true}');
  });
});

/** The vector of the page. */
const VECTOR: Record<string, string> = JSON.parse(
  /\*\*Test vector:\*\*\n\n```json\n([^`]*)```/.exec(PROTOCOL)![1]!,
);

// Python knows no UNIX sockets on Windows.
describe.skipIf(process.platform === 'win32')('the client in Python', () => {
  const client = path('../examples/python/client.py');
  const run = promisify(execFile);
  const python = (args: string[], env: Record<string, string> = {}) =>
    run('python3', args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONIOENCODING: 'utf-8', ...env },
    });

  test('is written in at most 60 lines, and of nothing but what comes with Python', async () => {
    const source = readFileSync(client, 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    const imported = [...source.matchAll(/^(?:import|from) (.+)$/gm)].flatMap(([, names]) =>
      names!.split(', '),
    );
    const { stdout } = await python([
      '-c',
      'import sys; print(all(n in sys.stdlib_module_names for n in sys.argv[1:]))',
      ...imported,
    ]);
    expect(imported).toContain('socket');
    expect(stdout).toBe('True\n');
  });

  test.each([{}, { auth: false }])('%o: sets, gets, leases and releases', async (options) => {
    const broker = await started({ ...options, pools: { accounts: ['ada', 'bob'] } });
    const { stdout } = await python([client], broker.env);
    expect(stdout).toBe(
      "got grüß Gott\nleased ada with token 1\nreleased: [{'name': 'accounts', 'size': 2, 'held': 0, 'returning': 0, 'lost': 0, 'waiting': 0}]\n",
    );
  });

  test('three of them get one resource one after the other', async () => {
    const broker = await started({ pools: { accounts: ['ada'] } });
    const outputs = await Promise.all([1, 2, 3].map(() => python([client], broker.env)));
    const tokens = outputs.map(({ stdout }) => /with token (\d)/.exec(stdout)?.[1]);
    expect(tokens.sort()).toEqual(['1', '2', '3']);
  });

  test('makes the proofs of the page’s test vector', async () => {
    const { secret, version, broker, clientNonce, brokerNonce } = VECTOR;
    const program = 'import client, sys; print(client.proof(*sys.argv[1:]))';
    for (const role of ['broker', 'client']) {
      const seen = [secret!, `${version}`, broker!, clientNonce!, brokerNonce!];
      const { stdout } = await python(['-B', '-c', program, role, ...seen], {
        PYTHONPATH: path('../examples/python'),
      });
      expect(stdout.trim()).toBe(VECTOR[`${role}Proof`]);
    }
  });

  test('is refused with the secret of another broker, and refuses that broker itself', async () => {
    const [broker, other] = [await started({}), await started({})];
    const env = { ...broker.env, EPHEMERAL_SECRET: other.secret! };
    await expect(python([client], env)).rejects.toThrow('does not know the secret');
    await expect(python([client], { EPHEMERAL_PIPE: broker.pipe })).rejects.toThrow(
      'auth_required',
    );
  });

  test.each([
    ['gives no proof', ''],
    ['gives a proof of something else', `,"proof":"${'0'.repeat(64)}"`],
  ])('tells nothing but its hello to what %s', async (_, proofField) => {
    const directory = mkdtempSync(join(tmpdir(), 'impostor-'));
    cleanUps.push(() => rmSync(directory, { recursive: true }));
    const pipe = join(directory, 's');
    let heard = '';
    const impostor = createServer((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk;
        socket.write(
          `{"ok":true,"nonce":"${'a'.repeat(32)}","version":1,"broker":"b"${proofField}}\n`,
        );
      });
    }).listen(pipe);
    cleanUps.push(() => impostor.close());
    await once(impostor, 'listening');
    const env = { EPHEMERAL_PIPE: pipe, EPHEMERAL_SECRET: 'a'.repeat(64) };
    await expect(python([client], env)).rejects.toThrow('does not know the secret');
    expect(heard.split('\n').map((line) => line && JSON.parse(line).action)).toEqual(['hello', '']);
  });

  test('a lease of one that was killed goes to the next', async () => {
    const broker = await started({ pools: { accounts: ['ada'] } });
    const program =
      'import client, os, time\nb = client.Broker(os.environ["EPHEMERAL_PIPE"], os.environ["EPHEMERAL_SECRET"])\nb.call("lease", pool="accounts")\nprint("held", flush=True)\ntime.sleep(60)';
    const holder = spawn('python3', ['-B', '-c', program], {
      env: { ...process.env, ...broker.env, PYTHONPATH: path('../examples/python') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUps.push(() => holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const next = python([client], broker.env);
    holder.kill('SIGKILL');
    expect((await next).stdout).toMatch('leased ada with token 2');
  });
});
