import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  stat,
  statSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import type { BrokerConfig } from '../config/define.ts';
import { DRAIN_MS } from '../protocol/limits.ts';
import type { Reply } from '../protocol/messages.ts';
import { newNonce, proofOf } from '../protocol/proof.ts';
import { Broker } from './broker.ts';
import { BrokerClock } from './clock.ts';
import { Listener } from './listener.ts';
import { startBroker } from './start.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

const windows = process.platform === 'win32';
let directory: string;
let brokers: Broker[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  vi.stubEnv('XDG_RUNTIME_DIR', directory);
  brokers = [];
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await Promise.all(brokers.map((broker) => broker.stop()));
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

async function start(config: BrokerConfig = {}): Promise<Broker> {
  const broker = await Broker.start(
    resolveConfig({ pools: { one: [{ password: 'hunter2' }] }, ...config }, 'test'),
  );
  brokers.push(broker);
  return broker;
}

/** A client that speaks the wire by hand. */
class Peer {
  readonly #lines: Reply[] = [];
  #arrived = () => {};

  private constructor(readonly socket: Socket) {
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      this.#lines.push(...lines.map((line) => JSON.parse(line)));
      this.#arrived();
    });
  }

  static async connect(pipe: string): Promise<Peer> {
    const socket = connect(pipe);
    await once(socket, 'connect');
    return new Peer(socket);
  }

  /** Connected, and proved. */
  static async at({ pipe, secret }: Broker, fields: object = {}): Promise<Peer> {
    const peer = await Peer.connect(pipe);
    const clientNonce = newNonce();
    const hello = await peer.say({ action: 'hello', nonce: clientNonce, versions: [1] });
    const proof = proofOf('client', secret!, {
      version: 1,
      broker: hello.broker as string,
      clientNonce,
      brokerNonce: hello.nonce as string,
    });
    expect(await peer.say({ action: 'auth', proof, ...fields })).toMatchObject({ ok: true });
    return peer;
  }

  get closed(): Promise<unknown> {
    return this.socket.closed ? Promise.resolve() : once(this.socket, 'close');
  }

  post(request: object): void {
    this.socket.write(`${JSON.stringify(request)}\n`);
  }

  async next(): Promise<Reply> {
    while (this.#lines.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.#lines.shift()!;
  }

  say(request: object): Promise<Reply> {
    this.post(request);
    return this.next();
  }
}

describe('a start', () => {
  test('draws a path and a secret of 256 bits of its own', async () => {
    const started = [await start(), await start(), await start()];
    expect(new Set(started.map(({ pipe }) => pipe)).size).toBe(3);
    expect(new Set(started.map(({ secret }) => secret)).size).toBe(3);
    for (const { secret } of started) expect(secret).toMatch(/^[0-9a-f]{64}$/);
  });

  test('tells by env what workers need, and nothing else', async () => {
    const { env, pipe, secret } = await start();
    expect(env).toEqual({ EPHEMERAL_PIPE: pipe, EPHEMERAL_SECRET: secret });
    const open = await start({ auth: false });
    expect(open.env).toEqual({ EPHEMERAL_PIPE: open.pipe });
  });

  test('is printed without its secret, and without the values of its pools', async () => {
    const broker = await start();
    for (const printed of [
      inspect(broker, { depth: 9, showHidden: true }),
      JSON.stringify(broker),
    ]) {
      expect(printed).not.toContain(broker.secret);
      expect(printed).not.toContain('hunter2');
    }
  });

  test.skipIf(windows)(
    'makes a socket that nobody else can reach, at no moment: its directory is ours alone under any umask',
    async () => {
      const before = process.umask(0);
      try {
        const { pipe } = await start();
        expect(statSync(dirname(pipe)).mode & 0o777).toBe(0o700);
        expect(statSync(dirname(dirname(pipe))).mode & 0o777).toBe(0o700);
      } finally {
        process.umask(before);
      }
    },
  );

  test('of a shard that the environment names leases its part, and tells resources as all shards do', async () => {
    vi.stubEnv('EPHEMERAL_BROKER_SHARD', '2/3');
    const file = join(directory, 'journal');
    const pools = { accounts: ['a', 'b', 'c'] };
    const broker = await startBroker({ pools, shard: 'split', journal: file });
    brokers.push(broker);
    const peer = await Peer.at(broker);
    const lease = { action: 'lease', pool: 'accounts', timeout: 0 };
    expect(await peer.say(lease)).toMatchObject({ value: 'b' });
    expect(await peer.say(lease)).toMatchObject({
      details: { size: 1, holders: [{ resource: 1 }] },
    });
    await broker.stop();
    expect(JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!)).toMatchObject({
      shard: { current: 2, total: 3 },
      pools: [{ name: 'accounts', size: 1 }],
    });
  });

  test('that cannot listen is refused with where and why, and leaves nothing behind', async () => {
    const full = Object.assign(new Error('listen ENOSPC'), { code: 'ENOSPC' });
    vi.spyOn(Listener, 'listen').mockRejectedValue(full);
    vi.stubEnv('EPHEMERAL_DIR', directory);
    await expect(start()).rejects.toMatchObject({
      code: 'bad_address',
      message: expect.stringMatching(/: ENOSPC\. Set EPHEMERAL_DIR /),
      details: { pipe: expect.any(String), code: 'ENOSPC' },
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('warns where authentication is off', async () => {
    const warned = once(process, 'warning');
    await start({ auth: false, pools: {} });
    await Broker.start(resolveConfig({ auth: false }, 'another source')).then((broker) =>
      brokers.push(broker),
    );
    expect(String((await warned)[0].message)).toContain('authentication is off');
  });
});

describe('clients', () => {
  test('of one broker are none of another: a secret is worth nothing elsewhere', async () => {
    const [here, there] = [await start(), await start()];
    const peer = await Peer.connect(here.pipe);
    const clientNonce = newNonce();
    const hello = await peer.say({ action: 'hello', nonce: clientNonce, versions: [1] });
    const seen = {
      version: 1,
      broker: hello.broker as string,
      clientNonce,
      brokerNonce: hello.nonce as string,
    };
    expect(hello.proof).toBe(proofOf('broker', here.secret!, seen));
    expect(
      await peer.say({ action: 'auth', proof: proofOf('client', there.secret!, seen) }),
    ).toMatchObject({
      error: 'auth_failed',
    });
    await peer.closed;
  });

  test('that never prove themselves are let go after a while, and only they', async () => {
    const broker = await start({ limits: { handshakeMs: 100 } });
    const friend = await Peer.at(broker);
    const strangers = [await Peer.connect(broker.pipe), await Peer.connect(broker.pipe)];
    strangers[1]!.socket.write('{"action":"hel');
    await Promise.all(strangers.map(({ closed }) => closed));
    expect(await friend.say({ action: 'ping' })).toEqual({ ok: true });
  });

  test('that crash free their lease for the next', async () => {
    const broker = await start();
    const [holder, next] = [await Peer.at(broker), await Peer.at(broker)];
    await holder.say({ action: 'lease', pool: 'one' });
    next.post({ id: 1, action: 'lease', pool: 'one' });
    holder.socket.destroy();
    expect(await next.next()).toMatchObject({ id: 1, ok: true, token: 2 });
  });

  test('that crash with their output unread free their lease too', async () => {
    const broker = await start();
    const [holder, next] = [await Peer.at(broker), await Peer.at(broker)];
    await holder.say({ action: 'lease', pool: 'one' });
    await holder.say({ action: 'set', key: 'k', ttl: 'run', value: 'x'.repeat(200_000) });
    holder.socket.pause();
    for (let i = 0; i < 50; i++) holder.post({ action: 'get', key: 'k' });
    next.post({ id: 1, action: 'lease', pool: 'one' });
    expect(await next.say({ action: 'ping' })).toEqual({ ok: true });
    holder.socket.destroy();
    expect(await next.next()).toMatchObject({ id: 1, ok: true, token: 2 });
  });

  test('beyond the cap are told so', async () => {
    const broker = await start({ limits: { maxConnections: 1 } });
    await Peer.at(broker);
    const late = await Peer.connect(broker.pipe);
    expect(await late.next()).toMatchObject({ ok: false, error: 'too_many' });
    await late.closed;
  });
});

describe('time', () => {
  test('a wall clock an hour ahead frees no lease and ends no value', async () => {
    const broker = await start();
    const [holder, other] = [
      await Peer.at(broker, { events: true }),
      await Peer.at(broker, { events: true }),
    ];
    await holder.say({ action: 'lease', pool: 'one', ttl: 60_000 });
    await holder.say({ action: 'set', key: 'k', ttl: 60_000, value: 1 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    // By the end of a short lease the broker has swept, under the new clock.
    await other.say({ action: 'lock', name: 'short', ttl: 100 });
    expect(await other.next()).toMatchObject({ event: 'lease_lost', reason: 'expired' });
    expect(await other.say({ action: 'lease', pool: 'one', timeout: 0 })).toMatchObject({
      error: 'wait_timeout',
    });
    expect(await other.say({ action: 'get', key: 'k' })).toMatchObject({ value: 1 });
    expect(await holder.say({ action: 'renew', lease: 'one#1' })).toMatchObject({ ok: true });
  });

  test('a broker whose event loop was blocked for many TTLs reads the renewals first, then expires', async () => {
    const broker = await start();
    const [holder, silent] = [
      await Peer.at(broker, { events: true }),
      await Peer.at(broker, { events: true }),
    ];
    await holder.say({ action: 'lock', name: 'renewed', ttl: 300 });
    await silent.say({ action: 'lock', name: 'silent', ttl: 300 });
    for (let round = 0; round < 3; round++) {
      holder.post({ id: round, action: 'renew', lease: 'lock:renewed#1' });
      const until = performance.now() + 600;
      while (performance.now() < until);
      expect(await holder.next()).toMatchObject({ id: round, ok: true });
    }
    expect(await silent.next()).toMatchObject({ event: 'lease_lost', lease: 'lock:silent#2' });
    expect(await holder.say({ action: 'renew', lease: 'lock:renewed#1' })).toMatchObject({
      ok: true,
    });
  });
});

test('a renewal that comes while the loop is blocked right after a beat is read before anything expires', async () => {
  const broker = await start();
  const peer = await Peer.at(broker);
  let onBeat = (_: BrokerClock) => {};
  const { beat } = BrokerClock.prototype;
  vi.spyOn(BrokerClock.prototype, 'beat').mockImplementation(function (this: BrokerClock) {
    beat.call(this);
    onBeat(this);
  });
  const block = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };
  for (let round = 0; round < 5; ) {
    const clock = await new Promise<BrokerClock>((resolve) => {
      onBeat = resolve;
    });
    const asked = clock.running();
    const { lease } = await peer.say({ action: 'lock', name: `l${round}`, ttl: 100 });
    const late = await new Promise((resolve) => {
      onBeat = () => {
        const age = clock.running() - asked;
        if (age < 50) return;
        onBeat = () => {};
        if (age >= 100) return resolve(true);
        // Its answer is there at once, and is taken in the same turn of the loop.
        stat('/', () => {
          peer.post({ action: 'renew', lease });
          block(300);
          resolve(false);
        });
        block(3);
      };
    });
    // On a busy machine: then it may have expired before.
    if (late) continue;
    expect(await peer.next()).toMatchObject({ ok: true });
    round++;
  }
});

describe('stop', () => {
  test('ends clients with a goodbye after their replies, and takes the pipe away', async () => {
    const broker = await start();
    const [holder, waiter] = [await Peer.at(broker, { events: true }), await Peer.at(broker)];
    await holder.say({ action: 'lease', pool: 'one' });
    waiter.post({ id: 1, action: 'lease', pool: 'one' });
    expect(await waiter.say({ action: 'ping' })).toEqual({ ok: true });
    const stopped = broker.stop();
    expect(await waiter.next()).toMatchObject({ id: 1, ok: false, error: 'stopping' });
    expect(await holder.next()).toEqual({ event: 'goodbye' });
    await Promise.all([holder.closed, waiter.closed, stopped]);
    if (!windows) expect(existsSync(dirname(broker.pipe))).toBe(false);
    await expect(Peer.connect(broker.pipe)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is the same for all who ask', async () => {
    const broker = await start();
    const stops = [broker.stop(), broker.stop(), broker[Symbol.asyncDispose]()];
    await Promise.all(stops);
    expect(new Set(stops).size).toBe(1);
  });

  test('waits no longer than the drain for a client that does not read', async () => {
    const broker = await start();
    const peer = await Peer.at(broker);
    await peer.say({ action: 'set', key: 'k', ttl: 'run', value: 'x'.repeat(200_000) });
    peer.socket.pause();
    for (let i = 0; i < 50; i++) peer.post({ action: 'get', key: 'k' });
    await (await Peer.at(broker)).say({ action: 'ping' });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let stopped = false;
    const stopping = broker.stop().then(() => {
      stopped = true;
    });
    vi.advanceTimersByTime(DRAIN_MS - 1);
    for (let i = 0; i < 20; i++) await turn();
    expect(stopped).toBe(false);
    vi.advanceTimersByTime(1);
    await stopping;
  });

  test('never takes the socket of another broker, whatever the order of starts and stops', async () => {
    const rounds = Array.from({ length: 5 }, async () => {
      const first = await start();
      const stopping = first.stop();
      const next = await start();
      await stopping;
      return next;
    });
    for (const broker of await Promise.all(rounds)) {
      expect(await (await Peer.at(broker)).say({ action: 'ping' })).toEqual({ ok: true });
    }
  });

  test('leaves no listener at the process', async () => {
    const counts = () =>
      ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
    const before = counts();
    const started = [await start(), await start()];
    expect(counts()).not.toEqual(before);
    for (const broker of started) await broker.stop();
    expect(counts()).toEqual(before);
  });

  test.skipIf(windows)('a signal in the middle of it still finds the clean-up', async () => {
    const broker = await start();
    const peer = await Peer.at(broker);
    const exits = process.listenerCount('exit');
    const stopping = broker.stop();
    expect(process.listenerCount('exit')).toBe(exits);
    await Promise.all([peer.closed, stopping]);
    expect(process.listenerCount('exit')).toBe(exits - 1);
  });

  test('writes the journal, with who was there, and no value and no secret', async () => {
    const file = join(directory, 'journal');
    const broker = await start({ journal: file });
    const peer = await Peer.at(broker, { identity: { runner: 'vitest', worker: '3' } });
    await peer.say({ action: 'lease', pool: 'one', purpose: { test: 'buys' } });
    await broker.stop();
    const text = readFileSync(file, 'utf8');
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { journal: 1, pools: [{ name: 'one', size: 1 }] },
      { type: 'session', identity: { runner: 'vitest', worker: '3' } },
      { type: 'grant', lease: 'one#1', purpose: { test: 'buys' } },
      { type: 'end', lease: 'one#1' },
      { type: 'session_end' },
    ]);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(broker.secret);
  });
});

test('a broker with an idle timeout stops when nobody has been there for that long, and not before', async () => {
  const broker = await start({ idleTimeout: 150 });
  const stopped = vi.spyOn(broker, 'stop');
  const peer = await Peer.at(broker, { events: true });
  // Ten heartbeats with a client, by the ends of short leases.
  for (let i = 0; i < 4; i++) {
    await peer.say({ action: 'lock', name: 'short', ttl: 100 });
    expect(await peer.next()).toMatchObject({ event: 'lease_lost' });
  }
  expect(stopped).not.toHaveBeenCalled();
  peer.socket.end();
  await vi.waitFor(() => expect(stopped).toHaveBeenCalled(), { timeout: 10_000 });
});
