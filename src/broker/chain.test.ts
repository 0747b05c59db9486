import { connect, Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { BrokerError, type Client, type Middleware } from '../index.ts';
import {
  another,
  broker,
  die,
  failure,
  gate,
  start,
  turn,
  warnings,
} from '../testing/running-broker.ts';

let client: Client;

/** A broker with this middleware, and its first client. */
async function startWith(...middleware: Middleware[]): Promise<void> {
  await start({ pools: { accounts: ['ann'] }, middleware });
  client = await another('7');
}

describe('middleware', () => {
  test('sees each request in the order of registration, one within the other', async () => {
    const seen: string[] = [];
    const note =
      (name: string): Middleware =>
      async ({ action }, _, next) => {
        seen.push(`${name} ${action}`);
        seen.push(`${name} ${JSON.stringify(await next())}`);
      };
    await startWith(note('a'));
    broker.use(note('b'));
    await client.set('k', 1, { ttl: 'run' });
    expect(seen).toEqual(['a set', 'b set', 'b {"ok":true}', 'a {"ok":true}']);
  });

  test('knows who asks, and sees nothing of the handshake', async () => {
    const seen: unknown[] = [];
    await startWith(({ action, key }, context, next) => {
      seen.push({ action, key, ...context });
      return next();
    });
    await client.get('k');
    const identity = { runner: 'vitest', worker: '7', pid: process.pid };
    expect(seen).toEqual([{ action: 'get', key: 'k', session: 1, identity }]);
  });

  test('changes what is asked', async () => {
    await startWith((request, _, next) => {
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
    await startWith(later, guard);
    for (const asked of [client.set('k', 1, { ttl: 'run' }), client.del('k')]) {
      expect(await failure(asked)).toMatchObject({ code, message });
    }
    expect(await client.get('k')).toBe(undefined);
  });

  test('that neither goes on nor refuses is told so, and holds up nobody', async () => {
    await startWith(async function lazy({ action }, _, next) {
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
    await startWith(wrong);
    expect(await client.incr('n')).toBe(1);
    expect(await client.incr('n')).toBe(2);
    expect(warnings[0]).toBe(
      'ephemeral-broker: The middleware wrong failed: next() was called twice',
    );
  });

  test('that throws when its request has gone on changes nothing of the answer', async () => {
    await startWith(async function late(_request, _context, next) {
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
    await startWith(async ({ action }, _, next) => {
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
    await startWith((_request, _context, next) => next());
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
    const { opened, open } = gate();
    await startWith(async ({ action }, { session }, next) => {
      if (action === 'set' && session === 1) await opened;
      return next();
    });
    const other = await another();
    const asked = [client.set('k', 1, { ttl: 'run' }), client.incr('k')];
    await other.set('k', 5, { ttl: 'run' });
    expect(await other.get('k')).toBe(5);
    open();
    expect(await Promise.all(asked)).toEqual([expect.anything(), 2]);
  });

  test('that awaits makes a client wait that sends more than is kept, and refuses it nothing', async () => {
    await startWith(async (_request, _context, next) => {
      await turn();
      return next();
    });
    const value = 'x'.repeat(10_000);
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => client.set(key, value, { ttl: 'run' })));
    expect(await client.list()).toHaveLength(300);
  });

  test('keeps a grant from nobody who died meanwhile', async () => {
    const { opened, open } = gate();
    const answers: unknown[] = [];
    await startWith(async ({ action }, { session }, next) => {
      if (action !== 'lease' || session === 1) return next();
      await opened;
      answers.push(await next());
    });
    const dying = await another();
    await dying.lock('alive');
    const asked = failure(dying.lease('accounts'));
    await turn();
    die(dying);
    await asked;
    // When this is free, its death has been seen.
    await client.lock('alive');
    open();
    await vi.waitFor(() => expect(answers).toMatchObject([{ ok: false }]));
    expect(await client.pools()).toMatchObject([{ held: 0, waiting: 0 }]);
  });

  test('ends with a request that nobody waits for any more: what is after next runs', async () => {
    let ended = 0;
    await startWith(async ({ action }, { session }, next) => {
      await next();
      if (action === 'lease' && session === 2) ended++;
    });
    const lease = await client.lease('accounts');
    const dying = await another();
    const asked = failure(dying.lease('accounts'));
    await vi.waitFor(async () => expect(await client.pools()).toMatchObject([{ waiting: 1 }]));
    die(dying);
    await asked;
    await vi.waitFor(() => expect(ended).toBeGreaterThan(0));
    await lease.release();
  });

  test('has ten seconds to go on; after that it does so in vain', async () => {
    const { opened, open } = gate();
    const begun = gate();
    await startWith(async function slow({ action }, _, next) {
      if (action === 'set') {
        begun.open();
        await opened;
      }
      return next();
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = failure(client.set('k', 1, { ttl: 'run' }));
    const after = client.get('k');
    await begun.opened;
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
    await startWith(function broken({ action }, _, next) {
      if (action !== 'set') return next();
      // biome-ignore lint/suspicious/noThenProperty: it is broken
      return { then: twice };
    });
    expect((await failure(client.set('k', 1, { ttl: 'run' }))).message).toContain('first');
    expect(warnings).toEqual(['ephemeral-broker: The middleware broken failed: second']);
  });

  test.each([
    ['throws what cannot be read', () => revoked()],
    ['throws an error whose code cannot be read', () => unreadable()],
  ])('%s, at once or later, and refuses', async (_, thrown) => {
    const later: Middleware = async ({ action }, _context, next) => {
      if (action !== 'set') return next();
      await turn();
      throw thrown();
    };
    const atOnce: Middleware = ({ action }, _context, next) => {
      if (action !== 'del') return next();
      throw thrown();
    };
    await startWith(later, atOnce);
    const refusals = [client.set('k', 1, { ttl: 'run' }), client.del('k')].map(failure);
    for (const { code } of await Promise.all(refusals)) expect(code).toBe('middleware_failed');
    expect(await client.get('k')).toBe(undefined);
  });

  test('that fails after next in what cannot be read is a warning', async () => {
    await startWith(async function late(_request, _context, next) {
      await next();
      throw revoked();
    });
    await client.get('k');
    expect(warnings[0]).toBe(
      'ephemeral-broker: The middleware late failed: no error that can be read',
    );
  });

  test('cannot change who asks, only what is asked; an action that is none is refused', async () => {
    await startWith((request, { identity }, next) => {
      Object.assign(identity, { worker: 'mallory' });
      if (request.action === 'get')
        Object.assign(request, { action: request.key === 'a' ? 7 : 'hello' });
      return next();
    });
    const lease = await client.lease('accounts');
    const { message } = await failure((await another()).lease('accounts', { timeout: 0 }));
    expect(message).toContain('worker 7');
    await lease.release();
    expect((await failure(client.get('a'))).code).toBe('bad_request');
    expect((await failure(client.get('b'))).code).toBe('unknown_action');
  });

  test('of a client without ids: its death is seen while it waits, whatever it has sent', async () => {
    const { opened, open } = gate();
    await start({
      auth: false,
      pools: { accounts: ['ann'] },
      middleware: [
        async (_request, { session }, next) => {
          if (session > 1) await opened;
          return next();
        },
      ],
    });
    client = await another();
    const lease = await client.lease('accounts');
    const paused = vi.spyOn(Socket.prototype, 'pause');
    const dying = connect(broker.pipe);
    dying.on('error', () => {});
    dying.write('{"action":"lease","pool":"accounts"}\n');
    // More than is kept of it.
    for (let i = 0; i < 11; i++) dying.write(`{"action":"get","key":"${'x'.repeat(100_000)}"}\n`);
    // And more than is read of it then.
    dying.write(' '.repeat(600_000));
    await vi.waitFor(() => expect(paused).toHaveBeenCalled());
    open();
    await vi.waitFor(async () => expect(await client.pools()).toMatchObject([{ waiting: 1 }]));
    dying.destroy();
    await vi.waitFor(async () => expect(await client.pools()).toMatchObject([{ waiting: 0 }]));
    await lease.release();
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const unreadable = () =>
  Object.defineProperty(new BrokerError('team/x', ''), 'code', {
    get() {
      throw new Error('sprung');
    },
  });
