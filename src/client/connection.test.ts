import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { UNRESPONSIVE_MS } from '../protocol/limits.ts';
import type { BrokerEvent } from '../protocol/messages.ts';
import { newNonce, newSecret, proofOf } from '../protocol/proof.ts';
import { connect } from './connect.ts';
import { Connection } from './connection.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

// As it is, but under the hands of fake timers.
vi.mock('./real-time.ts', () => ({
  now: () => performance.now(),
  setTimer: (callback: () => void, ms: number) => setTimeout(callback, ms),
  clearTimer: (timer: NodeJS.Timeout | undefined) => clearTimeout(timer),
  nextTick: (callback: () => void) => process.nextTick(callback),
}));

let directory: string;
let pipe: string;
let servers: Server[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  pipe =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\${directory.replaceAll(/\W/g, '-')}`
      : join(directory, 's');
  servers = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

type Line = Record<string, unknown> & { id: number; action: string };

const WELCOME = {
  ok: true,
  session: 1,
  limits: { maxLineBytes: 1_048_576, maxOutputBytes: 8_388_608, maxDepth: 64 },
  maxWaitMs: 60_000,
  config: 'digest',
};

/** A broker whose every answer a test decides. It greets as one with authentication off, unless told otherwise. */
class FakeBroker {
  readonly chunks: string[] = [];
  readonly requests: Line[] = [];
  readonly sockets: Socket[] = [];

  static async listen(greet = greetOpenly): Promise<FakeBroker> {
    const broker = new FakeBroker();
    const server = createServer((socket) => {
      broker.sockets.push(socket);
      let rest = '';
      socket.setEncoding('utf8').on('error', () => {});
      socket.on('data', (chunk: string) => {
        broker.chunks.push(chunk);
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        for (const line of lines.map((text) => JSON.parse(text) as Line)) {
          if (!greet(line, socket)) broker.requests.push(line);
        }
      });
    });
    servers.push(server);
    server.listen(pipe);
    await once(server, 'listening');
    return broker;
  }

  /** The request that came as the nth, as soon as it is there. */
  async request(n: number): Promise<Line> {
    while (this.requests.length <= n) await turn();
    return this.requests[n]!;
  }

  write(text: string | object): void {
    this.sockets[0]!.write(typeof text === 'string' ? text : `${JSON.stringify(text)}\n`);
  }
}

function greetOpenly(line: Line, socket: Socket, extra = ''): boolean {
  if (line.action === 'hello') {
    const hello = { id: line.id, ok: true, nonce: newNonce(), version: 1, broker: newNonce() };
    socket.write(`${JSON.stringify(hello)}\n`);
  } else if (line.action === 'auth') {
    socket.write(`${JSON.stringify({ id: line.id, ...WELCOME })}\n${extra}`);
  } else return false;
  return true;
}

async function open() {
  const broker = await FakeBroker.listen();
  const { connection, welcome } = await Connection.open({ pipe }, {});
  const ends: BrokerError[] = [];
  connection.onEnd = (error) => ends.push(error);
  broker.chunks.length = 0;
  return { broker, connection, welcome, ends };
}

const ping = '"action":"ping"';

describe('requests', () => {
  test('of one turn go out in one write, and long trains begin early', async () => {
    const { broker, connection } = await open();
    const writes = vi.spyOn(Socket.prototype, 'write');
    for (let i = 0; i < 5; i++) connection.request(ping).catch(() => {});
    await turn();
    expect(writes).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 40; i++) connection.request(ping).catch(() => {});
    expect(writes.mock.calls.length).toBeGreaterThan(1);
    await turn();
    expect(writes.mock.calls.length).toBeLessThan(5);
    await broker.request(44);
    connection.close();
  });

  test('are answered by their ids, in whatever order', async () => {
    const { broker, connection } = await open();
    const asked = [0, 1, 2].map((n) => connection.request(`"action":"get","key":"${n}"`));
    await broker.request(2);
    for (const { id, key } of [...broker.requests].reverse())
      broker.write({ id, ok: true, value: key });
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['0', '1', '2']);
    connection.close();
  });

  test('answered in pieces, at any byte, come out whole', async () => {
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    const { id } = await broker.request(0);
    for (const byte of Buffer.from(`{"id":${id},"ok":true,"value":"é€👍"}\n`)) {
      broker.sockets[0]!.write(Buffer.from([byte]));
      await turn();
    }
    expect((await asked).value).toBe('é€👍');
    connection.close();
  });

  test('refused reject with the broker’s error, of our class', async () => {
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    const { id } = await broker.request(0);
    broker.write({
      id,
      ok: false,
      error: 'exists',
      message: 'It is\u001b[31m there.',
      details: { key: 'k' },
    });
    await expect(asked).rejects.toMatchObject({
      name: 'BrokerError',
      code: 'exists',
      message: 'It is�[31m there.',
      details: { key: 'k' },
    });
    connection.close();
  });

  test('that are told need no answer, and one that comes harms nobody', async () => {
    const { broker, connection } = await open();
    connection.tell(ping);
    const { id } = await broker.request(0);
    broker.write({ id, ok: false, error: 'not_holder', message: '' });
    broker.write({ id: 4711, ok: true });
    const asked = connection.request(ping);
    broker.write({ id: (await broker.request(1)).id, ok: true });
    await asked;
    connection.close();
  });
});

/** What no broker of ours would send. */
const RUBBISH: [string, string | Buffer][] = [
  ['no JSON', 'hello\n'],
  ['null', 'null\n'],
  ['a number', '5\n'],
  ['a list', '[]\n'],
  ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x0a])],
  ['a line without an end', Buffer.alloc(17 * 1_048_576, 'x')],
];

describe('a broker that goes wrong', () => {
  test.each(RUBBISH)(
    '(%s) ends the connection with a typed error for everyone, and not the client',
    async (_, bytes) => {
      const { broker, connection, ends } = await open();
      const asked = connection.request(ping);
      await broker.request(0);
      broker.sockets[0]!.write(bytes);
      await expect(asked).rejects.toMatchObject({ code: 'bad_line' });
      await expect(connection.request(ping)).rejects.toMatchObject({ code: 'bad_line' });
      expect(ends.map(({ code }) => code)).toEqual(['bad_line']);
    },
  );

  test.each([
    '{"id":1}',
    '{"id":{},"ok":true}',
    '{"id":"1","ok":true}',
    '{"event":"what"}',
    '{"event":"lease_lost"}',
    '{"event":{},"lease":7}',
    '{"ok":true}',
    '{"id":0,"ok":false}',
    '{"id":1,"__proto__":{"ok":true}}',
  ])('(%s) harms nobody', async (line) => {
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    const { id } = await broker.request(0);
    // Of the ids above none is in flight.
    expect(id).toBeGreaterThan(1);
    broker.write(`${line}\n`);
    broker.write({ id, ok: true });
    expect(await asked).toEqual({ id, ok: true });
    connection.close();
  });

  test.each([
    ['no code', { error: 7 }],
    ['no message', { error: 'exists', message: [] }],
    ['no details', { error: 'exists', message: 'm', details: null }],
  ])('a refusal with %s is still an error', async (_, refusal) => {
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    broker.write({ id: (await broker.request(0)).id, ok: false, ...refusal });
    await expect(asked).rejects.toMatchObject({ name: 'BrokerError', details: {} });
    connection.close();
  });

  test('a refusal of the connection as a whole is told to everyone', async () => {
    const { broker, connection, ends } = await open();
    const asked = connection.request(ping);
    await broker.request(0);
    broker.write({ ok: false, error: 'too_large', message: 'A line is too long.' });
    await expect(asked).rejects.toMatchObject({ code: 'too_large' });
    expect(ends.length).toBe(1);
  });

  test('an empty object counts as such a refusal, if one without a reason', async () => {
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    await broker.request(0);
    broker.write('{}\n');
    await expect(asked).rejects.toMatchObject({ name: 'BrokerError', code: 'internal' });
  });

  test('one that ends with the welcome is told, and the next connect is a new one', async () => {
    let rubbish = 'null\n';
    await FakeBroker.listen((line, socket) => greetOpenly(line, socket, rubbish));
    await expect(connect({ pipe })).rejects.toMatchObject({ code: 'bad_line' });
    rubbish = '';
    const client = await connect({ pipe });
    await client.close();
  });
});

describe('the end of a broker', () => {
  test('rejects all that is in flight, and every later call, with broker_gone; it is told once', async () => {
    const { broker, connection, ends } = await open();
    const asked = [connection.request(ping), connection.request(ping, Number.POSITIVE_INFINITY)];
    await broker.request(1);
    broker.sockets[0]!.destroy();
    for (const each of asked)
      await expect(each).rejects.toMatchObject({ code: 'broker_gone', details: { pipe } });
    await expect(connection.request(ping)).rejects.toMatchObject({ code: 'broker_gone' });
    connection.tell(ping);
    connection.close();
    expect(ends.map(({ code }) => code)).toEqual(['broker_gone']);
    expect(connection.over).toBe(ends[0]);
  });

  test('after a goodbye says that it was stopped', async () => {
    const { broker, connection, ends } = await open();
    const events: BrokerEvent[] = [];
    connection.onEvent = (event) => events.push(event);
    broker.write({ event: 'goodbye' });
    broker.sockets[0]!.end();
    while (ends.length === 0) await turn();
    expect(events).toEqual([{ event: 'goodbye' }]);
    expect(connection.stopped).toBe(true);
    expect(ends[0]!.message).toContain('it was stopped');
  });
});

describe('close', () => {
  test('says goodbye, and what is in flight is rejected with closed', async () => {
    const { broker, connection, ends } = await open();
    const asked = connection.request(ping);
    connection.close();
    connection.close();
    await expect(asked).rejects.toMatchObject({ code: 'closed' });
    await expect(connection.request(ping)).rejects.toMatchObject({ code: 'closed' });
    expect((await broker.request(1)).action).toBe('bye');
    expect(ends.map(({ code }) => code)).toEqual(['closed']);
  });
});

describe('a broker that does not answer', () => {
  const slowly = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });

  /** Time passes as the watchdog sees it: turn by turn. */
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  test('is unresponsive after half a minute beyond the wait that was asked for', async () => {
    slowly();
    const { connection } = await open();
    const outcomes: Record<string, string> = {};
    const ask = (name: string, waitMs?: number) => {
      connection.request(ping, waitMs).catch(({ code }) => {
        outcomes[name] = code;
      });
    };
    ask('at once');
    ask('waits', 60_000);
    ask('as long as it likes', Number.POSITIVE_INFINITY);
    await pass(UNRESPONSIVE_MS - 1);
    expect(outcomes).toEqual({});
    await pass(3_000);
    expect(outcomes).toEqual({ 'at once': 'broker_unresponsive' });
    await pass(60_000);
    expect(outcomes).toEqual({ 'at once': 'broker_unresponsive', waits: 'broker_unresponsive' });
    await pass(600_000);
    expect(Object.keys(outcomes).length).toBe(2);
    connection.close();
  });

  test('is not blamed for the time that this process itself stood still', async () => {
    slowly();
    const { connection, broker } = await open();
    const asked = connection.request(ping);
    // A timer that comes ten minutes late is one tick, as it is in a process that was stopped.
    const now = performance.now() + 600_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    await pass(1_500);
    broker.write({ id: (await broker.request(0)).id, ok: true });
    await asked;
    connection.close();
  });

  test('is told of an answer that comes after all, which may hold what has to be given back', async () => {
    slowly();
    const { broker, connection } = await open();
    const seen: string[] = [];
    const answered = new Promise<void>((resolve) => {
      connection.send(ping, {
        resolve: () => resolve(void seen.push('answer')),
        reject: () => seen.push('refusal'),
      });
    });
    await pass(UNRESPONSIVE_MS + 3_000);
    broker.write({ id: (await broker.request(0)).id, ok: true });
    await answered;
    expect(seen).toEqual(['refusal', 'answer']);
    connection.close();
  });

  test('that answers after all harms nobody, and the connection goes on', async () => {
    slowly();
    const { broker, connection } = await open();
    const late = connection.request(ping).catch(({ code }) => code);
    await pass(UNRESPONSIVE_MS + 3_000);
    expect(await late).toBe('broker_unresponsive');
    broker.write({ id: (await broker.request(0)).id, ok: true });
    const asked = connection.request(ping);
    broker.write({ id: (await broker.request(1)).id, ok: true });
    await asked;
    connection.close();
  });

  test('not even to hello is given up too', async () => {
    const broker = await FakeBroker.listen(() => false);
    slowly();
    const opening = Connection.open({ pipe }, {}).catch(({ code }) => code);
    await broker.request(0);
    await pass(UNRESPONSIVE_MS + 3_000);
    expect(await opening).toBe('broker_unresponsive');
  });

  test('leaves no timer behind once nobody waits', async () => {
    slowly();
    const { broker, connection } = await open();
    const asked = connection.request(ping);
    broker.write({ id: (await broker.request(0)).id, ok: true });
    await asked;
    await pass(2_000);
    expect(vi.getTimerCount()).toBe(0);
    connection.close();
  });
});

describe('an impostor', () => {
  /** All bytes that it is sent, by a client that has the secret of another. */
  async function received(
    greet: (line: Line, socket: Socket) => boolean,
    secret: string | undefined,
  ) {
    const broker = await FakeBroker.listen(greet);
    const opening = Connection.open(
      { pipe, ...(secret === undefined ? {} : { secret }) },
      { worker: 'hunter2' },
    );
    const error = await opening.then(
      () => undefined,
      (thrown: BrokerError) => thrown,
    );
    await Promise.all(broker.sockets.map((socket) => socket.closed || once(socket, 'close')));
    return { error, bytes: broker.chunks.join('') };
  }

  const HELLO = /^\{"id":1,"action":"hello","nonce":"[0-9a-f]{32}","versions":\[1\]\}\n$/;

  test.each([
    ['that proves nothing', greetOpenly],
    [
      'that knows another secret',
      (line: Line, socket: Socket) => {
        const nonce = newNonce();
        const seen = {
          version: 1,
          broker: nonce,
          clientNonce: line.nonce as string,
          brokerNonce: nonce,
        };
        const proof = proofOf('broker', newSecret(), seen);
        socket.write(
          `${JSON.stringify({ id: line.id, ok: true, nonce, version: 1, broker: nonce, proof })}\n`,
        );
        return true;
      },
    ],
    [
      'that refuses',
      (line: Line, socket: Socket) => {
        socket.write(
          `${JSON.stringify({ id: line.id, ok: false, error: 'auth_required', message: 'Your secret?' })}\n`,
        );
        return true;
      },
    ],
    ['that answers rubbish', (_: Line, socket: Socket) => socket.write('null\n')],
    ['that hangs up', (_: Line, socket: Socket) => Boolean(socket.destroy())],
  ])('%s gets nonce and versions, and not one byte more', async (_, greet) => {
    const secret = newSecret();
    const { error, bytes } = await received(greet, secret);
    expect(error).toMatchObject({ name: 'BrokerError' });
    expect(bytes).toMatch(HELLO);
    expect(`${error!.message}${JSON.stringify(error)}`).not.toContain(secret);
  });

  test('that asks a client without a secret for one gets no more either', async () => {
    const { error, bytes } = await received((line, socket) => {
      const nonce = newNonce();
      socket.write(
        `${JSON.stringify({ id: line.id, ok: true, nonce, version: 1, broker: nonce, proof: 'x' })}\n`,
      );
      return true;
    }, undefined);
    expect(error).toMatchObject({ code: 'auth_required' });
    expect(bytes).toMatch(HELLO);
  });
});

describe('one connection for a process', () => {
  test('is shared by the clients of one address, also while it is being opened', async () => {
    const broker = await FakeBroker.listen();
    const clients = await Promise.all([connect({ pipe }), connect({ pipe }), connect({ pipe })]);
    clients.push(await connect({ pipe }));
    expect(broker.sockets.length).toBe(1);
    for (const client of clients.slice(1)) await client.close();
    expect(broker.requests).toEqual([]);
    await clients[0]!.close();
    expect((await broker.request(0)).action).toBe('bye');
  });

  test('is shared by the copies of this package, too', async () => {
    const broker = await FakeBroker.listen();
    const client = await connect({ pipe });
    vi.resetModules();
    const copy = await import('./connect.ts');
    expect(copy.connect).not.toBe(connect);
    const other = await copy.connect({ pipe });
    expect(broker.sockets.length).toBe(1);
    await Promise.all([client.close(), other.close()]);
  });

  test('is not shared with another secret', async () => {
    const broker = await FakeBroker.listen();
    const client = await connect({ pipe });
    await expect(connect({ pipe, secret: newSecret() })).rejects.toMatchObject({
      code: 'auth_failed',
    });
    expect(broker.sockets.length).toBe(2);
    await client.close();
  });

  test('is kept where the secret is not printed with the globals', async () => {
    const secret = newSecret();
    const broker = await FakeBroker.listen(() => false);
    const connecting = connect({ pipe, secret });
    await broker.request(0);
    expect(inspect(globalThis, { depth: 9 })).not.toContain(secret);
    broker.sockets[0]!.destroy();
    await expect(connecting).rejects.toMatchObject({ code: 'broker_gone' });
  });

  test('that failed is tried anew by the next, and its failure reaches all who waited for it', async () => {
    const failed = await Promise.allSettled([connect({ pipe }), connect({ pipe })]);
    expect(failed).toMatchObject([
      { reason: { code: 'broker_gone' } },
      { reason: { code: 'broker_gone' } },
    ]);
    await FakeBroker.listen();
    await (await connect({ pipe })).close();
  });

  test('that ended is no hindrance to the next', async () => {
    const broker = await FakeBroker.listen();
    const first = await connect({ pipe });
    broker.sockets[0]!.destroy();
    await expect(first.get('k')).rejects.toMatchObject({ code: 'broker_gone' });
    const second = await connect({ pipe });
    expect(broker.sockets.length).toBe(2);
    await expect(first.get('k')).rejects.toMatchObject({ code: 'broker_gone' });
    await Promise.all([first.close(), second.close()]);
  });

  test('closed by its last user while another comes, is opened again for that one', async () => {
    const broker = await FakeBroker.listen();
    for (let i = 0; i < 20; i++) {
      const client = await connect({ pipe });
      const closing = client.close();
      const next = await connect({ pipe });
      await closing;
      await next.close();
    }
    expect(broker.sockets.length).toBeGreaterThan(0);
  });
});
