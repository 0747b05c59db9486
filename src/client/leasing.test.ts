import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Broker, type Client, connect, pool, startBroker } from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
let client: Client;
/** What was told of resets. */
let resets: unknown[];

beforeEach(async () => {
  resets = [];
  broker = await startBroker({
    pools: {
      accounts: [
        { user: 'ann', role: 'admin' },
        { user: 'bob', role: 'buyer' },
        { user: 'cat', role: 'buyer' },
      ],
      ports: [4000, 4001],
      clean: pool(['a'], {
        reset: (value, { reason, dirty }) => void resets.push([value, reason, dirty]),
      }),
    },
  });
  client = await another();
});
afterEach(async () => {
  await client.close();
  await broker.stop();
});

const another = (): Promise<Client> =>
  connect({ pipe: broker.pipe, secret: broker.secret, identity: { worker: `${Math.random()}` } });

/** A promise, and how to resolve it. */
function gate(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve: () => resolve() };
}

describe('a lease of a pool', () => {
  test('is of a value like the one that is asked for', async () => {
    const admin = await client.lease('accounts', { where: { role: 'admin' } });
    expect(admin.value.user).toBe('ann');
    const other = await client.lease('accounts', { not: [{ user: 'bob' }, { role: 'admin' }] });
    expect(other.value.user).toBe('cat');
  });

  test('holds a list where it was said how many', async () => {
    const both = await client.lease('ports', { count: 2 });
    expect(both.value).toEqual([4000, 4001]);
    expect((await client.lease('accounts', { count: 1 })).value).toHaveLength(1);
    await expect(client.lease('ports', { timeout: 0 })).rejects.toMatchObject({
      code: 'wait_timeout',
    });
  });

  test('is nothing where none is available, and is a lease where one is', async () => {
    const first = await client.lease('ports', { count: 2, ifAvailable: true });
    expect(first?.value).toEqual([4000, 4001]);
    expect(await client.lease('ports', { ifAvailable: true })).toBeUndefined();
    await expect(client.lease('ports', { ifAvailable: true, where: 5 })).rejects.toMatchObject({
      code: 'unsatisfiable',
    });
  });

  test('that nothing could meet is refused at once, with the attributes that there are', async () => {
    const asked = client.lease('accounts', { where: { rol: 'admin' } });
    await expect(asked).rejects.toMatchObject({ code: 'unsatisfiable' });
    await expect(asked).rejects.toThrow('attributes user, role');
  });

  test('of what cannot be retired is refused, and gives it back', async () => {
    const lock = await client.lock('x');
    await expect(lock.retire()).rejects.toMatchObject({ code: 'bad_request' });
    expect((await client.lock('x', { timeout: '5s' })).held).toBe(true);
  });

  test('that its holder retires is nobody’s any more', async () => {
    const lease = await client.lease('ports', { where: 4000 });
    await lease.retire('its server does not end');
    expect(() => lease.value).toThrow('released');
    await expect(client.lease('ports', { where: 4000 })).rejects.toThrow('out of use');
    expect((await client.pools()).find(({ name }) => name === 'ports')).toMatchObject({ lost: 1 });
  });

  test('that is revoked is lost to its holder, and goes to the next', async () => {
    const holder = await another();
    const lease = await holder.lease('clean');
    const next = client.lease('clean');
    await client.revoke(lease.id, 'the run hangs');
    await vi.waitFor(() => expect(lease.held).toBe(false));
    expect(lease.signal.reason).toMatchObject({
      code: 'lease_lost',
      details: { reason: 'revoked' },
    });
    await next;
    await holder.close();
  });

  test('tells the reset how it came back', async () => {
    await (await client.lease('clean')).release();
    await (await client.lease('clean')).release({ dirty: true });
    const other = await another();
    await other.lease('clean');
    await other.close();
    const last = await client.lease('clean');
    expect(resets).toEqual([
      ['a', 'released', false],
      ['a', 'released', true],
      ['a', 'released', false],
    ]);
    await last.release();
  });

  test('is not given back by what is misspelt, and can be given back then', async () => {
    const lease = await client.lease('ports');
    await expect(lease.release({ dirtty: true } as never)).rejects.toThrow("mean 'dirty'");
    await expect(lease.retire(5 as never)).rejects.toThrow('why: expected a text');
    expect(lease.held).toBe(true);
    await lease.release();
    expect(await client.lease('ports', { count: 2, ifAvailable: true })).toBeDefined();
  });

  test('can be renewed with another TTL, which it keeps', async () => {
    const lease = await client.lease('ports', { ttl: '1s' });
    await lease.renew('1m');
    expect(lease.ttlMs).toBe(60_000);
    expect(lease.expiresAt).toBeGreaterThan(Date.now() + 50_000);
    await lease.renew();
    expect(lease.ttlMs).toBe(60_000);
  });
});

describe('several at once', () => {
  test('come under their names, and go together', async () => {
    const lease = await client.leaseAll({
      admin: { pool: 'accounts', where: { role: 'admin' } },
      buyers: { pool: 'accounts', where: { role: 'buyer' }, count: 2 },
      port: 'ports',
      schema: { lock: 'schema', mode: 'shared' },
    });
    expect(lease.value).toEqual({
      admin: { user: 'ann', role: 'admin' },
      buyers: [expect.objectContaining({ user: 'bob' }), expect.objectContaining({ user: 'cat' })],
      port: 4000,
      schema: null,
    });
    expect(await client.lease('accounts', { ifAvailable: true })).toBeUndefined();
    await lease.release();
    expect(await client.lease('accounts', { count: 3, ifAvailable: true })).toBeDefined();
  });

  test('are never held in part by one who waits for the rest', async () => {
    const port = await client.lease('ports', { count: 2 });
    const both = client.leaseAll({ account: 'accounts', port: 'ports' });
    expect((await client.lease('accounts', { count: 2 })).value).toHaveLength(2);
    await port.release();
    expect([4000, 4001]).toContain((await both).value.port);
  });

  test('end with their block', async () => {
    const sum = await client.withLeaseAll({ a: 'ports', b: 'ports' }, ({ a, b }) => a + b);
    expect(sum).toBe(8001);
    expect(await client.lease('ports', { count: 2, ifAvailable: true })).toBeDefined();
  });
});

describe('locks and semaphores', () => {
  test('a lock is shared by those who share it, and not beside one who does not', async () => {
    const readers = [1, 2].map(() => client.lock('db', { mode: 'shared' }));
    const [first, second] = await Promise.all(readers);
    let writes = false;
    const writer = client.lock('db').then((lease) => {
      writes = true;
      return lease;
    });
    await first!.release();
    expect(await client.get('a round trip')).toBeUndefined();
    expect(writes).toBe(false);
    await second!.release();
    await (await writer).release();
  });

  test('a semaphore has so many permits, and all must agree on how many', async () => {
    const held = [await client.semaphore('api', 2), await client.semaphore('api', 2)];
    await expect(client.semaphore('api', 2, { timeout: 0 })).rejects.toMatchObject({
      code: 'wait_timeout',
    });
    await expect(client.semaphore('api', 3)).rejects.toMatchObject({ code: 'config_mismatch' });
    for (const lease of held) await lease.release();
    expect(await client.withSemaphore('api', 3, () => 'done')).toBe('done');
  });
});

describe('blocks', () => {
  test('that wait for each other are told at once, with who waits for what', async () => {
    const other = await another();
    const inside = gate();
    const nested = (of: Client, first: string, second: string, then: () => Promise<void>) =>
      of.withLock(first, async () => {
        await then();
        return of.withLock(second, () => 'both');
      });
    const one = nested(client, 'x', 'y', () => inside.promise);
    const two = nested(other, 'y', 'x', async () => {
      inside.resolve();
      // The other asks for y first.
      await vi.waitFor(async () => {
        const asked = client.lock('y', { timeout: 0 });
        await expect(asked).rejects.toThrow('1 before it');
      });
    });
    await expect(two).rejects.toMatchObject({ code: 'deadlock' });
    await expect(two).rejects.toThrow(
      /waits for lock 'x'; lock:x is held by .*\n.*waits for lock 'y'/,
    );
    expect(await one).toBe('both');
    await other.close();
  });

  test('beside each other do not hold each other’s leases', async () => {
    const held = gate();
    const first = client.withLease('clean', () => held.promise);
    const second = client.withLease('clean', (value) => value);
    await client.get('a round trip');
    held.resolve();
    await first;
    expect(await second).toBe('a');
  });

  test('within the same lock are told that they wait for themselves', async () => {
    const nested = client.withLock('x', () => client.lock('x'));
    await expect(nested).rejects.toThrow('waits for what it holds itself');
    await client.withLock('x', () => client.lock('y').then((lease) => lease.release()));
    await client.withLock('x', () => client.withLock('x', () => {}, { mode: 'shared' }), {
      mode: 'shared',
    });
  });
});

test('a value is set only while the lease that it is set under is held', async () => {
  const lease = await client.lock('leader');
  await client.set('config', 1, { ttl: 'run', lease });
  await lease.release();
  const late = client.set('config', 2, { ttl: 'run', lease });
  await expect(late).rejects.toMatchObject({ code: 'lease_lost' });
  expect(await client.get('config')).toBe(1);
});

describe('a wait that takes long', () => {
  test('is told, once, with who holds what', async () => {
    const holder = await another();
    const lease = await holder.lease('clean', { purpose: { test: 'buys' } });
    const told: string[] = [];
    const waiting = client.lease('clean', {
      onNotice: (message, notice) => told.push(`${notice}: ${message}`),
    });
    await vi.waitFor(() => expect(told).not.toEqual([]), { timeout: 20_000 });
    await pause(200);
    await lease.release();
    await waiting;
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^slow: Waiting for pool 'clean' \(1 in all\), for 5\.\d s so far\./);
    expect(told[0]).toContain("test 'buys'");
    await holder.close();
  });
});

test('a notice whose listener throws costs nobody the answers that come with it', async () => {
  const holder = await another();
  await holder.lease('clean', { scopes: { within: ['worker'], until: 'worker' } });
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
  try {
    const waits = client.lease('clean', {
      onNotice: () => {
        throw new Error('listener');
      },
    });
    waits.catch(() => {});
    expect(await client.get('k')).toBeUndefined();
    expect(await thrown).toEqual(new Error('listener'));
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  await holder.close();
});

describe('what it is asked for with', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a count of 0', () => client.lease('ports', { count: 0 }), 'count: expected a whole number'],
    ['half a count', () => client.lease('ports', { count: 1.5 }), 'count: expected a whole number'],
    ['a count of texts', () => client.lease('ports', { count: '2' as never }), 'got a text'],
    ['a filter with a function', () => client.lease('ports', { where: () => true }), 'a function'],
    ['a filter with a Date', () => client.lease('ports', { not: { at: new Date() } }), 'a Date'],
    [
      'a preference that is none',
      () => client.lease('ports', { prefer: 'best' as never }),
      'prefer',
    ],
    ['a mode that is none', () => client.lock('x', { mode: 'read' as never }), "'exclusive' or"],
    ['permits that are none', () => client.semaphore('x', 0), 'permits: expected a whole number'],
    ['nothing at all', () => client.leaseAll({}), 'leaseAll: expected pools by name'],
    ['a want that is none', () => client.leaseAll({ a: 1 as never }), 'a: expected an object'],
    [
      'a want with an unknown option',
      () => client.leaseAll({ a: { pool: 'ports', wher: 1 } as never }),
      "a: There is no option 'wher'. Did you mean 'where'?",
    ],
    [
      'previous, outside of tests',
      () => client.lease('ports', { not: 'previous' }),
      'ends with a test',
    ],
    ['a reason that is no text', () => client.revoke('x', 5 as never), 'why: expected a text'],
    ['no listener', () => client.lease('ports', { onNotice: 'x' as never }), 'onNotice: expected'],
  ])('%s is refused', async (_, ask, message) => {
    await expect(ask()).rejects.toThrow(message);
    expect(await client.lease('ports', { count: 2, ifAvailable: true })).toBeDefined();
  });
});
