import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Broker,
  BrokerError,
  type Client,
  connect,
  type Middleware,
  startBroker,
} from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
let client: Client;
let warnings: string[];

async function start(...middleware: Middleware[]): Promise<void> {
  broker = await startBroker({ pools: { accounts: ['ann'] }, middleware });
  connections = 0;
  client = await another();
}

let connections = 0;
/** Over a connection of its own: they are shared by their address, and this is another spelling of it. */
const another = () => {
  const { pipe, secret } = broker;
  const address = '/'.repeat(connections++) + pipe;
  return connect({ pipe: address, secret, identity: { runner: 'vitest', worker: '7' } });
};

beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await client.close();
  await broker.stop();
});

const failure = (asked: Promise<unknown>): Promise<BrokerError> =>
  asked.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );

const turn = () => new Promise(setImmediate);

describe('middleware', () => {
  test('sees each request in the order of registration, one within the other', async () => {
    const seen: string[] = [];
    const note =
      (name: string): Middleware =>
      async ({ action }, _, next) => {
        seen.push(`${name} ${action}`);
        seen.push(`${name} ${JSON.stringify(await next())}`);
      };
    await start(note('a'));
    broker.use(note('b'));
    await client.set('k', 1, { ttl: 'run' });
    expect(seen).toEqual(['a set', 'b set', 'b {"ok":true}', 'a {"ok":true}']);
  });

  test('knows who asks, and sees nothing of the handshake', async () => {
    const seen: unknown[] = [];
    await start(({ action, key }, context, next) => {
      seen.push({ action, key, ...context });
      return next();
    });
    await client.get('k');
    const identity = { runner: 'vitest', worker: '7', pid: process.pid };
    expect(seen).toEqual([{ action: 'get', key: 'k', session: 1, identity }]);
  });

  test('changes what is asked', async () => {
    await start((request, _, next) => {
      if ('key' in request) request.key = `team:${request.key}`;
      return next();
    });
    await client.set('k', 1, { ttl: 'run' });
    expect((await client.list()).map(({ key }) => key)).toEqual(['team:k']);
    expect(await client.get('k')).toBe(1);
  });

  test.each([
    [
      'an error',
      new Error('read only'),
      'middleware_failed',
      'The middleware guard failed: read only',
    ],
    ['a code of its own', new BrokerError('team/no', 'Not now'), 'team/no', 'Not now'],
  ])('refuses by throwing %s, at once or later', async (_, thrown, code, message) => {
    const later: Middleware = async (request, _, next) => {
      await turn();
      if (request.action === 'set') throw thrown;
      return next();
    };
    const guard: Middleware = (request, _, next) => {
      if (request.action === 'del') throw thrown;
      return next();
    };
    Object.defineProperty(later, 'name', { value: 'guard' });
    await start(later, guard);
    for (const asked of [client.set('k', 1, { ttl: 'run' }), client.del('k')]) {
      expect(await failure(asked)).toMatchObject({ code, message });
    }
    expect(await client.get('k')).toBe(undefined);
  });

  test('that neither goes on nor refuses is told so, and holds up nobody', async () => {
    await start(async function lazy({ action }, _, next) {
      await turn();
      if (action !== 'set') return next();
    });
    const [set, got] = await Promise.all([
      failure(client.set('k', 1, { ttl: 'run' })),
      client.get('k'),
    ]);
    expect(set.message).toBe(
      'The middleware lazy failed: it neither called next() nor threw an error',
    );
    expect(got).toBe(undefined);
    broker.use(() => 'nothing');
    expect((await failure(client.get('k'))).message).toContain(
      'The middleware number 2 failed: it neither',
    );
  });

  test('that goes on twice does so once, and is warned', async () => {
    const wrong: Middleware = (_request, _context, next) => {
      next();
      next();
    };
    await start(wrong);
    expect(await client.incr('n')).toBe(1);
    expect(await client.incr('n')).toBe(2);
    expect(warnings[0]).toBe(
      'ephemeral-broker: The middleware wrong failed: next() was called twice',
    );
  });

  test('that throws when its request has gone on changes nothing of the answer', async () => {
    await start(async function late(_request, _context, next) {
      await next();
      throw new Error('the gauge broke');
    });
    const lease = await client.lease('accounts');
    expect(lease.value).toBe('ann');
    await lease.release();
    expect(warnings[0]).toBe('ephemeral-broker: The middleware late failed: the gauge broke');
  });

  test('learns how a request ended: when it did, or as it failed', async () => {
    const answers: unknown[] = [];
    await start(async ({ action }, _, next) => {
      const answer = await next();
      answers.push([action, answer.ok || answer.error.code]);
    });
    await failure(client.lease('nobody' as never));
    const held = await client.lease('accounts');
    const waiting = client.lease('accounts');
    await client.get('k');
    await held.release();
    await (await waiting).release();
    expect(answers).toEqual([
      ['lease', 'unknown_pool'],
      ['lease', true],
      ['get', 'not_found'],
      ['lease', true],
      ['release', true],
      ['release', true],
    ]);
  });

  test('that awaits nothing before next costs no turn: what was asked is done', async () => {
    await start((_request, _context, next) => next());
    const entered: boolean[] = [];
    broker.use(async (_request, _context, next) => {
      const answer = next();
      entered.push(answer instanceof Promise);
      await answer;
    });
    await client.get('k');
    expect(entered).toEqual([false]);
  });

  test('that awaits keeps the requests of a client in order, and those of others going', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await start(async ({ action }, { session }, next) => {
      if (action === 'set' && session === 1) await gate;
      return next();
    });
    const other = await another();
    const asked = [client.set('k', 1, { ttl: 'run' }), client.incr('k')];
    await other.set('k', 5, { ttl: 'run' });
    expect(await other.get('k')).toBe(5);
    open();
    expect(await Promise.all(asked)).toEqual([expect.anything(), 2]);
    await other.close();
  });

  test('that awaits makes a client wait that sends more than is kept, and refuses it nothing', async () => {
    await start(async (_request, _context, next) => {
      await turn();
      return next();
    });
    const value = 'x'.repeat(10_000);
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => client.set(key, value, { ttl: 'run' })));
    expect(await client.list()).toHaveLength(300);
  });

  test('keeps a grant from nobody who died meanwhile', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const answers: unknown[] = [];
    await start(async ({ action }, { session }, next) => {
      if (action !== 'lease' || session === 1) return next();
      await gate;
      answers.push(await next());
    });
    const dying = await another();
    await dying.lock('alive');
    const asked = failure(dying.lease('accounts'));
    await turn();
    // Without giving back what it holds, as a process dies.
    // biome-ignore lint/complexity/useLiteralKeys: it is protected
    dying['link'].connection.close();
    await asked;
    // When this is free, its death has been seen.
    await client.lock('alive');
    open();
    await vi.waitFor(() => expect(answers).toMatchObject([{ ok: false }]));
    expect(await client.pools()).toMatchObject([{ held: 0, waiting: 0 }]);
  });

  test('ends with a request that nobody waits for any more: what is after next runs', async () => {
    let ended = 0;
    await start(async (_request, { session }, next) => {
      await next();
      if (session === 2) ended++;
    });
    const lease = await client.lease('accounts');
    const dying = await another();
    const asked = failure(dying.lease('accounts'));
    await vi.waitFor(async () => expect(await client.pools()).toMatchObject([{ waiting: 1 }]));
    await dying.close();
    await asked;
    await vi.waitFor(() => expect(ended).toBeGreaterThan(0));
    await lease.release();
  });

  test('has ten seconds to go on; after that it does so in vain', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await start(async function slow({ action }, _, next) {
      if (action === 'set') await gate;
      return next();
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = failure(client.set('k', 1, { ttl: 'run' }));
    const after = client.get('k');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    for (let i = 0; i < 20; i++) await turn();
    vi.advanceTimersByTime(10_000);
    expect((await asked).message).toBe(
      'The middleware slow failed: it did not call next() within 10.0 s',
    );
    expect(await after).toBe(undefined);
    open();
    await turn();
    expect(await client.get('k')).toBe(undefined);
  });

  test('answers a request once, however often it fails', async () => {
    const twice = (_: unknown, reject: (error: unknown) => void) => {
      reject(new Error('first'));
      reject(new Error('second'));
    };
    await start(function broken({ action }, _, next) {
      if (action !== 'set') return next();
      // biome-ignore lint/suspicious/noThenProperty: it is broken
      return { then: twice };
    });
    expect((await failure(client.set('k', 1, { ttl: 'run' }))).message).toContain('first');
    expect(warnings).toEqual(['ephemeral-broker: The middleware broken failed: second']);
  });
});
