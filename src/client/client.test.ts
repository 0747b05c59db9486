import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Broker,
  type BrokerConfig,
  BrokerError,
  type Client,
  connect,
  pool,
  startBroker,
} from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

const ACCOUNT = { user: 'a', password: 'hunter2' };

let directory: string;
let broker: Broker;
let client: Client;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  vi.stubEnv('XDG_RUNTIME_DIR', directory);
  await start();
});
afterEach(async () => {
  await client.close();
  await broker.stop();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

async function start(config: BrokerConfig = {}): Promise<void> {
  await client?.close();
  await broker?.stop();
  broker = await startBroker({ pools: { one: [ACCOUNT], two: ['x', 'y'] }, ...config });
  client = await another();
}

const another = (): Promise<Client> => connect({ pipe: broker.pipe, secret: broker.secret });

/** The code of the error with which it ends; `ok` if it ends otherwise. */
const ending = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error) => (error as BrokerError).code ?? error,
  );

/** All that was sent before has been read by the broker when this resolves. */
const settled = () => client.get('settled');

/** Whether somebody could have it now. */
const isFree = async (name = 'one') => {
  const lease = await client.lease(name, { timeout: 0 }).catch(() => undefined);
  await lease?.release();
  return lease !== undefined;
};

describe('values', () => {
  test.each([null, false, 0, '', [], {}, { a: [{ b: 'é€👍\u2028\u0000' }] }, 'x'.repeat(200_000)])(
    'come back as they were (%#)',
    async (value) => {
      await client.set('k', value, { ttl: 'run' });
      expect(await client.get('k')).toEqual(value);
    },
  );

  test('keep a key named __proto__', async () => {
    const value = JSON.parse('{"__proto__":{"admin":true}}');
    await client.set('__proto__', value, { ttl: '1m' });
    const found = await client.get('__proto__');
    expect(JSON.stringify(found)).toBe('{"__proto__":{"admin":true}}');
    expect(found.admin).toBeUndefined();
    expect((await client.list()).map(({ key }) => key)).toEqual(['__proto__']);
  });

  test('that are not there are undefined, whether asked for with or without their times', async () => {
    expect(await client.get('k')).toBeUndefined();
    expect(await client.getEntry('k')).toBeUndefined();
    expect(await client.del('k')).toBe(false);
    expect(await client.touch('k', '1s')).toBe(false);
  });

  test('have their times by the wall clock', async () => {
    await client.set('k', 1, { ttl: '1h' });
    const { value, version, expiresAt } = (await client.getEntry('k'))!;
    expect([value, version]).toEqual([1, 1]);
    expect(Math.abs(expiresAt! - Date.now() - 3_600_000)).toBeLessThan(60_000);
    await client.set('k', 1, { expiresAt: new Date(Date.now() + 60_000) });
    await client.set('run', 1, { ttl: 'run' });
    expect((await client.getEntry('run'))!.expiresAt).toBeUndefined();
  });

  test.each([
    ['a function', () => {}],
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a BigInt', 1n],
    ['NaN', Number.NaN],
    ['a Date', new Date()],
    ['a Map', new Map()],
    ['an error', new Error('hunter2')],
  ])('that JSON would lose are refused: %s', async (_, value) => {
    const setting = client.set('k', value, { ttl: 'run' });
    await expect(setting).rejects.toMatchObject({ code: 'not_json' });
    await expect(setting).rejects.not.toThrow(/hunter2/);
  });

  test('that contain themselves are refused', async () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(await ending(client.set('k', value, { ttl: 'run' }))).toBe('too_large');
  });

  test('larger than a line are refused before they are sent, and cost nobody the connection', async () => {
    expect(await ending(client.set('k', 'x'.repeat(2_000_000), { ttl: 'run' }))).toBe('too_large');
    expect(await ending(client.set('k', 'x'.repeat(300_000), { ttl: 'run' }))).toBe('too_large');
    expect(await client.get('k')).toBeUndefined();
  });

  test('lists of thousands come whole', async () => {
    const keys = Array.from({ length: 2_500 }, (_, i) => `k${String(i).padStart(5, '0')}`);
    await Promise.all(keys.map((key) => client.set(key, 1, { ttl: 'run' })));
    expect((await client.list({ prefix: 'k' })).map(({ key }) => key)).toEqual(keys);
  });

  test('are counted up by many at once, and nobody gets a number twice', async () => {
    const others = await Promise.all([another(), another()]);
    const numbers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => [client, ...others][i % 3]!.incr('n')),
    );
    expect(new Set(numbers).size).toBe(300);
    expect(Math.max(...numbers)).toBe(300);
    await Promise.all(others.map((other) => other.close()));
  });
});

/** Calls that are wrong, each in its own way; the types allow none of them. */
const WRONG: [string, (wrong: Client) => Promise<unknown>][] = [
  ['get(undefined)', (c) => c.get(undefined as never)],
  ['get(5)', (c) => c.get(5 as never)],
  ['getEntry(null)', (c) => c.getEntry(null as never)],
  ['del({})', (c) => c.del({} as never)],
  ['touch(5)', (c) => c.touch(5 as never, 1)],
  ['touch with a TTL without a unit', (c) => c.touch('k', '5')],
  ['set with a TTL without a unit', (c) => c.set('k', 1, { ttl: '5' })],
  ['set with a TTL of 0', (c) => c.set('k', 1, { ttl: 0 })],
  ['set with a TTL that is no number', (c) => c.set('k', 1, { ttl: Number.NaN })],
  ['set with two ends', (c) => c.set('k', 1, { ttl: 1, expiresAt: Date.now() })],
  ['set with an end that is none', (c) => c.set('k', 1, { expiresAt: new Date('never') })],
  ['set with half a version', (c) => c.set('k', 1, { ttl: 1, ifVersion: 0.5 })],
  ['incr by text', (c) => c.incr('k', { by: '1' as never })],
  ['incr by infinity', (c) => c.incr('k', { by: Infinity })],
  ['list of a number', (c) => c.list({ prefix: 5 as never })],
  ['lease()', (c) => c.lease(undefined as never)],
  ['lease for ever', (c) => c.lease('one', { ttl: Infinity })],
  ['lease after minus a second', (c) => c.lease('one', { timeout: -1_000 })],
  ['withLease(5)', (c) => c.withLease(5 as never, () => 1)],
  ['lock(null)', (c) => c.lock(null as never)],
  ['withLock(null)', (c) => c.withLock(null as never, () => 1)],
  ['slot({})', (c) => c.slot({} as never)],
  [
    'a signal that is a controller',
    (c) => c.lease('one', { signal: new AbortController() as never }),
  ],
  ['a signal of null', (c) => c.get('k', { signal: null as never })],
];

describe('a wrong argument', () => {
  test.each(WRONG)(
    '%s rejects with bad_option, throws nothing at once, and leaves nothing behind',
    async (_, call) => {
      let promise!: Promise<unknown>;
      expect(() => {
        promise = call(client);
      }).not.toThrow();
      expect(await ending(promise)).toBe('bad_option');
      expect(await isFree()).toBe(true);
    },
  );

  test('is told by its kind: what was given may be a secret', async () => {
    await expect(client.get(['hunter2'] as never)).rejects.toThrow(
      'key: expected a text, got a list.',
    );
  });
});

describe('a lease', () => {
  test('is one’s own until it is released; then the next in line has it', async () => {
    const lease = await client.lease('one');
    expect(lease.value).toEqual(ACCOUNT);
    const order: number[] = [];
    const waits = [1, 2, 3].map(async (n) => {
      const next = await client.lease('one');
      order.push(n);
      await next.release();
      return next.token;
    });
    expect(await isFree()).toBe(false);
    await lease.release();
    expect(await Promise.all(waits)).toEqual([2, 3, 4]);
    expect(order).toEqual([1, 2, 3]);
  });

  test('that is not there in time names the holder, and no value', async () => {
    await client.lease('one', { purpose: { test: 'buys', file: 'shop.test.ts' } });
    const refused = client.lease('one', { timeout: 100 });
    await expect(refused).rejects.toMatchObject({ code: 'wait_timeout' });
    await expect(refused).rejects.toThrow(/held by .*pid \d+.*'buys' in shop\.test\.ts/);
    await expect(refused).rejects.not.toThrow(/hunter2/);
  });

  test('of a pool that is not there names the one that was meant', async () => {
    await expect(client.lease('twoo')).rejects.toMatchObject({
      code: 'unknown_pool',
      details: { nearest: 'two' },
    });
  });

  test('has the TTL of its pool, unless it asks for another', async () => {
    await start({ pools: { one: pool(['x', 'y'], { ttl: 5_000 }) } });
    expect([
      (await client.lease('one')).ttlMs,
      (await client.lease('one', { ttl: '1m' })).ttlMs,
    ]).toEqual([5_000, 60_000]);
  });

  test('is freed by `await using`, also when the block throws', async () => {
    await expect(
      (async () => {
        await using lease = await client.lease('one');
        throw new Error(lease.value.user);
      })(),
    ).rejects.toThrow('a');
    expect(await isFree()).toBe(true);
  });

  test('of a slot is the smallest number that is free', async () => {
    const slots = await Promise.all([client.slot('s'), client.slot('s'), client.slot('s')]);
    expect(slots.map(({ value }) => value)).toEqual([0, 1, 2]);
    await slots[1]!.release();
    expect((await client.slot('s')).value).toBe(1);
  });

  test('shows nobody what it is of when it is printed', async () => {
    const lease = await client.lease('one');
    for (const printed of [
      inspect(lease, { depth: 9, showHidden: true }),
      inspect(client, { depth: 9 }),
      JSON.stringify([lease, client]),
    ]) {
      expect(printed).not.toContain('hunter2');
      expect(printed).not.toContain(broker.secret);
    }
  });
});

test('what the broker refuses has the stack of who asked', async () => {
  async function theUsersOwn() {
    await client.lease('nothing' as never);
  }
  const error = await theUsersOwn().catch((caught) => caught);
  expect(error.code).toBe('unknown_pool');
  expect(error.stack).toContain('theUsersOwn');
});

describe('withLease', () => {
  test('gives back what `use` gives, and the lease', async () => {
    expect(await client.withLease('one', (value, lease) => [value.user, lease.token])).toEqual([
      'a',
      1,
    ]);
    expect(await client.withLock('l', async (lease) => lease.value)).toBe(null);
    expect([await isFree(), (await client.lock('l', { timeout: 0 })).held]).toEqual([true, true]);
  });

  test('gives back the lease when `use` throws, at once or later, and fails with what it threw', async () => {
    const error = new Error('boom');
    const throwing = () => {
      throw error;
    };
    await expect(client.withLease('one', throwing)).rejects.toBe(error);
    await expect(client.withLease('one', async () => throwing())).rejects.toBe(error);
    expect(await isFree()).toBe(true);
  });

  test('fails with lease_lost when it was lost meanwhile: what ran under it did not run alone', async () => {
    const running = client.withLease('one', async (_, lease) => {
      await broker.stop();
      await vi.waitFor(() => expect(lease.signal.aborted).toBe(true));
    });
    expect(await ending(running)).toBe('lease_lost');
  });

  test('fails with the error of `use` rather than with the loss', async () => {
    const error = new Error('boom');
    const running = client.withLease('one', async () => {
      await broker.stop();
      throw error;
    });
    await expect(running).rejects.toBe(error);
  });
});

describe('an aborted call', () => {
  test('before it began rejects with the reason, and sends nothing', async () => {
    const reason = new Error('no more');
    const signal = AbortSignal.abort(reason);
    await expect(client.lease('one', { signal })).rejects.toBe(reason);
    await expect(client.get('k', { signal })).rejects.toBe(reason);
    expect(await isFree()).toBe(true);
  });

  test('while it waits rejects with the reason at once, and leaves the queue', async () => {
    const lease = await client.lease('one');
    const controller = new AbortController();
    const waiting = client.lease('one', { signal: controller.signal });
    const next = client.lease('one');
    await settled();
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await lease.release();
    expect((await next).token).toBe(2);
  });

  test('after the grant changes nothing', async () => {
    const controller = new AbortController();
    const lease = await client.lease('one', { signal: controller.signal });
    controller.abort();
    await settled();
    expect([lease.held, lease.signal.aborted]).toEqual([true, false]);
  });

  test('whose abort crosses the grant on the way leaves no lease behind', async () => {
    for (let i = 0; i < 200; i++) {
      const lease = await client.lease('one');
      const controller = new AbortController();
      const waiting = client.lease('one', { signal: controller.signal });
      waiting.catch(() => {});
      if (i % 2 === 0) await settled();
      // The release makes the grant; whether the abort is before it or behind it is up to the turn.
      const released = lease.release();
      if (i % 3 === 0) await Promise.resolve();
      if (i % 5 === 0) await settled();
      controller.abort();
      await released;
      await ending(waiting.then((granted) => granted.release()));
      await settled();
      expect(await isFree()).toBe(true);
    }
  });

  test('lets go of its signal when it ends otherwise', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await (await client.lease('one', { signal })).release();
    await client.get('k', { signal });
    await client.lease('nowhere', { signal }).catch(() => {});
    await client.incr('n', { signal });
    expect(added.mock.calls.length).toBe(4);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  test('works with a signal of another realm', async () => {
    const signal = runInNewContext(
      '({ aborted: false, reason: undefined, listeners: [], addEventListener(_, f) { this.listeners.push(f) }, removeEventListener() {} })',
    );
    await client.lease('one');
    const waiting = client.lease('one', { signal });
    signal.reason = 'from elsewhere';
    for (const listener of signal.listeners) listener();
    await expect(waiting).rejects.toBe('from elsewhere');
  });
});

describe('close', () => {
  test('frees leases and ends waits, and every later call says so', async () => {
    const other = await another();
    const [lease, kept] = [await other.lease('one'), await client.lease('two')];
    const waiting = other.lease('one');
    const closing = [other.close(), other.close(), other[Symbol.asyncDispose]()];
    expect(await ending(waiting)).toBe('closed');
    await Promise.all(closing);
    expect(lease.held).toBe(false);
    expect(await isFree()).toBe(true);
    for (const call of [
      other.get('k'),
      other.set('k', 1, { ttl: 1 }),
      other.lease('one'),
      other.list(),
      other.pools(),
    ]) {
      expect(await ending(call)).toBe('closed');
    }
    expect(kept.value).toBe('x');
  });

  test('ends the leases of a client that others share the connection with, and not theirs', async () => {
    const other = await another();
    const [mine, theirs] = [await client.lease('two'), await other.lease('two')];
    await other.close();
    expect([mine.held, theirs.held]).toEqual([true, false]);
    await mine.renew();
  });

  test('after the broker’s end is quiet', async () => {
    await client.lease('one');
    await broker.stop();
    await client.close();
    expect(await ending(client.get('k'))).toBe('closed');
  });
});

describe('when the broker ends', () => {
  test('no promise is left open, and each error has a code', async () => {
    const held = await client.lease('one');
    const { signal } = held;
    const waits = Array.from({ length: 20 }, () => ending(client.lease('one')));
    await settled();
    const late = Array.from({ length: 20 }, () => ending(client.lease('one')));
    const calls = Array.from({ length: 20 }, () => ending(client.get('k')));
    await broker.stop();
    expect(await Promise.all(waits)).toEqual(Array(20).fill('stopping'));
    // What the broker had not read yet is lost with it.
    for (const code of await Promise.all([...late, ...calls])) {
      expect(['ok', 'stopping', 'broker_gone']).toContain(code);
    }
    for (const call of [
      client.get('k'),
      client.set('k', 1, { ttl: 1 }),
      client.lease('one'),
      client.list(),
    ]) {
      expect(await ending(call)).toBe('broker_gone');
    }
    expect(signal.reason).toMatchObject({ code: 'lease_lost', details: { reason: 'stopped' } });
    expect(await ending(held.renew())).toBe('lease_lost');
    expect(await ending(held.release())).toBe('lease_lost');
    expect(() => held.value).toThrow(BrokerError);
  });
});

test('errors are known by all copies of this package', async () => {
  const error = await client.lease('nowhere').catch((thrown) => thrown);
  vi.resetModules();
  const copy = await import('../index.ts');
  expect(copy.BrokerError).not.toBe(BrokerError);
  expect(error).toBeInstanceOf(copy.BrokerError);
  expect(error).toBeInstanceOf(Error);
  expect(new Error('x') instanceof copy.BrokerError).toBe(false);
});

describe('what a lease is asked for with', () => {
  const wrong = (options: unknown) => ending(client.lease('one', options as object));

  test('an option that is none, or options that are none, do not pass for nothing', async () => {
    expect(await wrong({ timout: '1s' })).toBe('bad_option');
    expect(await wrong('5s')).toBe('bad_option');
    expect(await wrong(null)).toBe('bad_option');
    await expect(client.lease('one', { timout: 1 } as object)).rejects.toThrow(
      "Did you mean 'timeout'?",
    );
  });

  test('a purpose of any kind does no harm to the connection that others share', async () => {
    const held = await client.lease('two');
    const loop: Record<string, unknown> = { file: 'a.test.ts' };
    loop.self = loop;
    expect(await wrong({ purpose: () => {} })).toBe('bad_option');
    expect(await wrong({ purpose: loop })).toBe('ok');
    expect(held.held).toBe(true);
  });
});
