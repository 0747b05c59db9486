import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Broker, BrokerError, type Client, connect, startBroker } from '../index.ts';
import { PASS_LEAD_MS } from '../protocol/limits.ts';
import { Connection } from './connection.ts';
import type { Leasing } from './options.ts';
import { now } from './real-time.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
let client: Client;

beforeEach(async () => {
  broker = await startBroker({ pools: { one: ['a'] } });
  client = await connect({ pipe: broker.pipe, secret: broker.secret });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await client.close();
  await broker.stop();
});

/** A client with a connection of its own, as another process has one. */
async function stranger(worker: string): Promise<{ connection: Connection; arrive: Arrive }> {
  const address = { pipe: broker.pipe, secret: broker.secret! };
  const { connection } = await Connection.open(address, { runner: 'vitest', worker });
  const arrive = (fields: string) =>
    connection.request(`"action":"barrier","name":"seed",${fields}`);
  return { connection, arrive };
}
type Arrive = (fields: string) => Promise<unknown>;

/** All that was sent before has been read by the broker when this resolves. */
const settled = () => client.get('settled');
const ending = (promise: Promise<unknown>): Promise<BrokerError> =>
  promise.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error) => error,
  );

describe('limit', () => {
  const HOUR = { count: 2, per: '1h' };

  test('lets so many through at once, and the next when it is due: never before', async () => {
    const from = now();
    const rate = { count: 2, per: 300 };
    const passes = await Promise.all([1, 2, 3].map(() => client.limit('api', rate)));
    expect(now() - from).toBeGreaterThanOrEqual(300);
    expect(passes.slice(0, 2)).toEqual([{ waitedMs: 0 }, { waitedMs: 0 }]);
    expect(passes[2]!.waitedMs).toBeGreaterThan(0);
    expect(passes[2]!.waitedMs).toBeLessThanOrEqual(300);
  });

  test('refuses at once what would take too long', async () => {
    await client.limit('api', HOUR);
    await client.limit('api', HOUR);
    for (const options of [{}, { timeout: '10s' }, { atMost: '10s' }, { timeout: 0 }]) {
      const error = await ending(client.limit('api', { ...HOUR, ...options }));
      expect(error).toMatchObject({ code: 'wait_timeout', details: { limit: 'api', place: 0 } });
      expect(error.stack).toMatch('synchronizers.test.ts');
    }
  });

  test('that is aborted while it waits rejects with the reason, and costs nothing', async () => {
    const rate = { count: 1, per: '50s' };
    await client.limit('api', rate);
    const abort = new AbortController();
    const waiting = ending(client.limit('api', { ...rate, signal: abort.signal }));
    await settled();
    expect((await client.status()).limits).toMatchObject([{ name: 'api', waiting: 1 }]);
    abort.abort('enough');
    expect(await waiting).toBe('enough');
    const error = await ending(client.limit('api', { ...rate, timeout: '30s' }));
    expect(error.details).toMatchObject({ place: 0 });
  });

  test('that has its time is given up by its signal, and is spent', async () => {
    const rate = { count: 1, per: PASS_LEAD_MS };
    const from = now();
    const abort = new AbortController();
    const first = client.limit('api', rate);
    const waiting = ending(client.limit('api', { ...rate, signal: abort.signal }));
    await first;
    await turn();
    abort.abort('enough');
    expect(await waiting).toBe('enough');
    await client.limit('api', rate);
    expect(now() - from).toBeGreaterThanOrEqual(2 * PASS_LEAD_MS);
  });

  test('waits no more where its process dies: those behind it come earlier', async () => {
    const { connection } = await stranger('1');
    const abort = new AbortController();
    const fields = '"action":"limit","name":"api","count":1,"per":50000';
    const rate = { count: 1, per: '50s' };
    await client.limit('api', rate);
    connection.request(fields).catch(() => {});
    await connection.request('"action":"ping"');
    const behind = ending(client.limit('api', { ...rate, timeout: '2h', signal: abort.signal }));
    const waiters = async () => (await client.status()).waiters.map(({ leftMs }) => leftMs);
    expect((await waiters())[1]).toBeGreaterThan(50_000);
    connection.close();
    await vi.waitFor(async () => expect(await waiters()).toHaveLength(1), 10_000);
    expect((await waiters())[0]).toBeLessThanOrEqual(50_000);
    abort.abort('enough');
    await behind;
  });

  test('that is aborted before is not reserved', async () => {
    const reason = await ending(client.limit('api', { ...HOUR, signal: AbortSignal.abort('no') }));
    expect(reason).toBe('no');
    await client.limit('api', { ...HOUR, timeout: 0 });
    await client.limit('api', { ...HOUR, timeout: 0 });
  });

  test('ends with its client, also where others share the connection', async () => {
    const other = await connect({ pipe: broker.pipe, secret: broker.secret });
    const rate = { count: 1, per: '50s' };
    await other.limit('api', rate);
    const waiting = ending(other.limit('api', rate));
    await settled();
    await other.close();
    expect((await waiting).code).toBe('closed');
    expect((await ending(other.limit('api', rate))).code).toBe('closed');
    await settled();
  });

  test('that has its answer when its client closes does not begin to wait', async () => {
    const other = await connect({ pipe: broker.pipe, secret: broker.secret });
    const rate = { count: 1, per: 150 };
    await other.limit('api', rate);
    const waiting = ending(other.limit('api', rate));
    await other.close();
    expect((await waiting).code).toBe('closed');
  });

  test('ends with the broker, but for one that has its time', async () => {
    const [soon, late] = [
      { count: 1, per: 150 },
      { count: 1, per: '50s' },
    ];
    const first = [client.limit('soon', soon), client.limit('late', late)];
    const passes = client.limit('soon', soon);
    const waits = ending(client.limit('late', late));
    await Promise.all(first);
    await settled();
    await broker.stop();
    expect((await waits).code).toBe('stopping');
    expect((await passes).waitedMs).toBeGreaterThan(0);
  });
});

describe('barrier', () => {
  test('lets all pass when the last has come, each with its place', async () => {
    const { connection, arrive } = await stranger('1');
    const first = client.barrier('seed', { parties: 3 });
    const second = client.barrier('seed', { parties: 3 });
    await settled();
    expect(await arrive('"parties":3')).toMatchObject({ place: 2 });
    expect(await Promise.all([first, second])).toEqual([0, 1]);
    connection.close();
  });

  test('is broken by the end of a connection: who waits is told at once, by whom', async () => {
    const { connection, arrive } = await stranger('7');
    arrive('"parties":3,"purpose":{"test":"sells"}').catch(() => {});
    await connection.request('"action":"ping"');
    const waiting = ending(client.barrier('seed', { parties: 3, purpose: { test: 'buys' } }));
    await settled();
    connection.close();
    const error = await waiting;
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toMatchObject({
      code: 'barrier_broken',
      details: { why: 'disconnected', missing: 1, by: { worker: '7', test: 'sells' } },
    });
    expect(error.details.arrived).toMatchObject([{ test: 'sells' }, { test: 'buys' }]);
    expect(error.stack).toMatch('synchronizers.test.ts');
  });

  test('that is aborted rejects with the reason, and is broken for the others', async () => {
    const abort = new AbortController();
    const aborted = ending(client.barrier('seed', { parties: 3, signal: abort.signal }));
    const other = ending(client.barrier('seed', { parties: 3 }));
    await settled();
    abort.abort('enough');
    expect(await aborted).toBe('enough');
    expect(await other).toMatchObject({ code: 'barrier_broken', details: { why: 'cancelled' } });
  });

  test('ends with its client, also where others share the connection', async () => {
    const leaving = await connect({ pipe: broker.pipe, secret: broker.secret });
    const waits = ending(leaving.barrier('seed', { parties: 3 }));
    const other = ending(client.barrier('seed', { parties: 3 }));
    await settled();
    await leaving.close();
    expect((await waits).code).toBe('closed');
    expect((await other).code).toBe('barrier_broken');
  });

  test('times out, with who has arrived, and no later than it may', async () => {
    for (const options of [{ timeout: 100 }, { timeout: '1h', atMost: 100 }, { timeout: 0 }]) {
      const error = await ending(
        client.barrier('seed', { parties: 3, purpose: { test: 'buys' }, ...options }),
      );
      expect(error).toMatchObject({
        code: 'wait_timeout',
        details: { parties: 3, missing: 2, arrived: [{ pid: process.pid, test: 'buys' }] },
      });
    }
  });

  test('ends with the broker', async () => {
    const waiting = ending(client.barrier('seed', { parties: 3 }));
    await settled();
    await broker.stop();
    expect((await waiting).code).toBe('stopping');
  });

  test('is known to a broker that was unresponsive as given up', async () => {
    const told = vi.spyOn(Connection.prototype, 'tell');
    await ending(client.barrier('seed', { parties: 2, timeout: 0 }));
    expect(told).not.toHaveBeenCalled();
    vi.spyOn(Connection.prototype, 'send').mockImplementation((_fields, { reject }) => {
      queueMicrotask(() => reject(new BrokerError('broker_unresponsive', 'asleep')));
      return 7;
    });
    await ending(client.barrier('seed', { parties: 2, timeout: 0 }));
    expect(told).toHaveBeenCalledWith(expect.stringMatching(/^"action":"cancel","request":\d+$/));
  });
});

test('notices of a wait are told to its listener, while it lasts', async () => {
  // biome-ignore lint/complexity/useLiteralKeys: it is protected
  const { notices } = client['link'].connection;
  const told: string[] = [];
  const onNotice = (message: string, notice: string) => told.push(`${notice}: ${message}`);
  const abort = new AbortController();
  const options = { onNotice, signal: abort.signal };
  await client.limit('api', { count: 1, per: '50s', onNotice });
  const waits = [
    ending(client.barrier('seed', { parties: 3, ...options })),
    ending(client.limit('api', { count: 1, per: '50s', ...options })),
  ];
  await settled();
  for (const tell of notices.values()) tell('it takes long', 'slow');
  expect(told).toEqual(['slow: it takes long', 'slow: it takes long']);
  abort.abort('enough');
  expect(await Promise.all(waits)).toEqual(['enough', 'enough']);
  await ending(client.barrier('seed', { parties: 3, timeout: 0, onNotice }));
  expect(notices.size).toBe(0);
});

test('what bounds a client’s leases bounds these waits, and is told what they are', async () => {
  const asked: [string, object][] = [];
  const bounding = client.within({
    bounded(what, options, ask) {
      asked.push([what, options]);
      return ask({ ...options, atMost: 50 });
    },
  } as Leasing);
  const pass = { count: 1, per: '1h' };
  await bounding.limit('api', { ...pass, timeout: '2h' });
  expect((await ending(bounding.limit('api', { ...pass, timeout: '2h' }))).code).toBe(
    'wait_timeout',
  );
  expect((await ending(bounding.barrier('seed', { parties: 2 }))).code).toBe('wait_timeout');
  expect(asked).toEqual([
    ["limit 'api'", { timeout: '2h' }],
    ["limit 'api'", { timeout: '2h' }],
    ["barrier 'seed'", {}],
  ]);
});

test.each<[string, () => Promise<unknown>]>([
  ['name', () => client.limit(1 as never, { count: 1, per: 1 })],
  ['options', () => client.limit('api', undefined as never)],
  ['count', () => client.limit('api', { count: 0, per: 1 })],
  ['count', () => client.limit('api', { count: '1', per: 1 } as never)],
  ['per', () => client.limit('api', { count: 1, per: '1' })],
  ['permits', () => client.limit('api', { count: 1, per: 1, permits: 1 } as never)],
  ['timeout', () => client.limit('api', { count: 1, per: 1, timeout: -1 })],
  ['onNotice', () => client.limit('api', { count: 1, per: 1, onNotice: 'x' as never })],
  ['signal', () => client.limit('api', { count: 1, per: 1, signal: 1 } as never)],
  ['name', () => client.barrier(1 as never, { parties: 2 })],
  ['options', () => client.barrier('seed', 2 as never)],
  ['parties', () => client.barrier('seed', { parties: 10_001 })],
  ['party', () => client.barrier('seed', { parties: 2, party: 1 } as never)],
  ['purpose', () => client.barrier('seed', { parties: 2, purpose: 'buys' as never })],
  ['signal', () => client.barrier('seed', { parties: 2, signal: {} as never })],
])('a wrong %s is a bad option, and nothing is sent (%#)', async (name, call) => {
  const sent = vi.spyOn(Connection.prototype, 'send');
  const error = await ending(call());
  expect(error).toMatchObject({ code: 'bad_option', details: { name } });
  expect(sent).not.toHaveBeenCalled();
});
