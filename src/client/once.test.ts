import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Broker, type BrokerError, type Client, connect, startBroker } from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
let clients: Client[];

const another = async (): Promise<Client> => {
  const identity = { runner: 'vitest', worker: '1', pid: 7 };
  const client = await connect({ pipe: broker.pipe, secret: broker.secret, identity });
  clients.push(client);
  return client;
};

beforeEach(async () => {
  clients = [];
  broker = await startBroker({ limits: { maxValueBytes: 1_000 } });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(clients.map((client) => client.close()));
  await broker.stop();
});

/** A computation that ends when the test says so, and how often it began. */
function slow<T = string>() {
  const runs: { resolve(value: T): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const compute = ({ signal }: { signal: AbortSignal }) =>
    new Promise<T>((resolve, reject) => runs.push({ resolve, reject, signal }));
  const begun = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count), 10_000);
  return { runs, compute, begun };
}

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    (error: BrokerError) => error.code ?? error.message,
  );

/** All whom the broker knows to wait for a key. */
const waiting = (count: number) =>
  vi.waitFor(async () => {
    const error = (await clients[0]!
      .once('k', () => 1, { timeout: 0 })
      .catch((e) => e)) as BrokerError;
    expect(error.details.place).toBe(count);
  }, 10_000);

describe('once', () => {
  test('makes a value for all who ask, and once', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow<{ token: string }>();
    const asked = [a, b, a, b].map((client) => client.once('k', compute));
    await begun(1);
    runs[0]!.resolve({ token: 't' });
    expect(await Promise.all(asked)).toEqual(Array(4).fill({ token: 't' }));
    expect(await b.once('k', compute)).toEqual({ token: 't' });
    expect(runs).toHaveLength(1);
  });

  test('keeps undefined and null as results', async () => {
    const client = await another();
    const compute = vi.fn();
    for (const value of [undefined, null, 0, '']) {
      compute.mockReset().mockReturnValue(value);
      const key = `k ${value}`;
      expect(await client.once(key, compute)).toBe(value);
      expect(await client.once(key, compute)).toBe(value);
      expect(compute).toHaveBeenCalledTimes(1);
    }
    expect(await client.get('k undefined')).toBe(undefined);
    expect(await client.get('k null')).toBe(null);
  });

  test('finds what was set, and `del` has it made anew', async () => {
    const client = await another();
    await client.set('k', 'set', { ttl: 'run' });
    expect(await client.once('k', () => 'made')).toBe('set');
    await client.del('k');
    expect(await client.once('k', () => 'made')).toBe('made');
    expect(await client.get('k')).toBe('made');
  });

  test('gives a copy to who made it too', async () => {
    const client = await another();
    const made = { list: [1] };
    const got = await client.once('k', () => made);
    got.list.push(2);
    expect([made, await client.get('k')]).toEqual([{ list: [1] }, { list: [1] }]);
  });

  test('makes it anew when its time is over, which may depend on it', async () => {
    const client = await another();
    let n = 0;
    const ask = () => client.once('k', () => ++n, { ttl: (value) => (value === 1 ? 1 : 'run') });
    expect(await ask()).toBe(1);
    await vi.waitFor(async () => expect(await ask()).toBe(2), 10_000);
    expect((await client.list())[0]!.expiresAt).toBe(undefined);
  });

  test('passes a failure to all who waited, and who asks later tries again', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = a.once('k', compute, { purpose: { test: 'logs in' } });
    await begun(1);
    const told = Promise.allSettled([a.once('k', compute), b.once('k', compute)]) as Promise<
      PromiseRejectedResult[]
    >;
    await waiting(2);
    const failure = new TypeError('the server said no');
    runs[0]!.reject(failure);
    await expect(first).rejects.toBe(failure);
    for (const { reason } of await told) {
      expect(reason).toMatchObject({
        code: 'once_failed',
        message: "once 'k' failed in vitest worker 1 (pid 7), test 'logs in': the server said no",
        details: { key: 'k', worker: '1', test: 'logs in' },
      });
    }
    expect(await b.once('k', () => 'later')).toBe('later');
  });

  test('fails where the result is no JSON, or too large: who made it is told, and who waits', async () => {
    const [a, b] = [await another(), await another()];
    for (const [result, code] of [
      [() => {}, 'not_json'],
      ['x'.repeat(1_001), 'too_large'],
      ['x'.repeat(2_000_000), 'too_large'],
    ] as const) {
      const { runs, compute, begun } = slow<unknown>();
      const first = codeOf(a.once('k', compute));
      await begun(1);
      const wait = codeOf(b.once('k', compute));
      await waiting(1);
      runs[0]!.resolve(result);
      expect([await first, await wait]).toEqual([code, 'once_failed']);
    }
    expect(await b.once('k', () => 'fits')).toBe('fits');
  });

  test('fails where a ttl is none', async () => {
    const client = await another();
    expect(await codeOf(client.once('k', () => 1, { ttl: () => 'soon' as never }))).toBe(
      'bad_option',
    );
    expect(await client.once('k', () => 2)).toBe(2);
  });

  test('is taken over by who waits, where who makes it is gone', async () => {
    const [a, b, c] = [await another(), await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = codeOf(a.once('k', compute));
    await begun(1);
    const waits = [b.once('k', compute), c.once('k', compute)];
    await waiting(2);
    await a.close();
    expect(runs[0]!.signal.reason).toMatchObject({ code: 'closed' });
    await begun(2);
    runs[1]!.resolve('second');
    expect(await Promise.all(waits)).toEqual(['second', 'second']);
    runs[0]!.resolve('first');
    expect(await first).toBe('closed');
    expect(await b.get('k')).toBe('second');
  });

  test('tells who makes it no longer that it is not wanted any more', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = codeOf(a.once('k', compute));
    await begun(1);
    const lease = await leaseOf('k');
    const second = b.once('k', compute);
    await waiting(1);
    await b.revoke(lease);
    await begun(2);
    await vi.waitFor(() => expect(runs[0]!.signal.aborted).toBe(true), 10_000);
    runs[0]!.resolve('stale');
    runs[1]!.resolve('fresh');
    expect([await first, await second, await a.get('k')]).toEqual(['lease_lost', 'fresh', 'fresh']);
  });

  test('waits as long as it is told to, and then says who makes it', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    // By it the broker counts its time.
    const start = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(start);
    const first = a.once('k', compute, { purpose: { test: 'logs in' } });
    await begun(1);
    clock.mockReturnValue(start + 40);
    await expect(b.once('k', compute, { timeout: 0 })).rejects.toMatchObject({
      code: 'wait_timeout',
      message:
        "Waited 0 ms for once 'k'.\n  once:k: being computed by vitest worker 1 (pid 7), test 'logs in', for 40 ms\nSee what it waits for there, or wait longer (timeout).",
    });
    clock.mockRestore();
    const abort = new AbortController();
    const given = b.once('k', compute, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    runs[0]!.resolve('done');
    expect(await first).toBe('done');
  });

  test('of other keys can be nested; of the same one, or in a cycle, is a deadlock', async () => {
    const [a, b] = [await another(), await another()];
    expect(await a.once('outer', () => a.once('inner', () => 'deep'))).toBe('deep');
    await expect(a.once('k', () => a.once('k', () => 1))).rejects.toMatchObject({
      code: 'deadlock',
    });
    const gate = slow<void>();
    const cycle = [
      a.once('x', () =>
        gate.compute({ signal: undefined as never }).then(() => a.once('y', () => 'xy')),
      ),
      b.once('y', () =>
        gate.compute({ signal: undefined as never }).then(() => b.once('x', () => 'yx')),
      ),
    ];
    const ends = Promise.allSettled(cycle);
    await gate.begun(2);
    for (const { resolve } of gate.runs) resolve();
    const codes = ((await ends) as PromiseRejectedResult[]).map(({ reason }) => reason.code).sort();
    expect(codes).toEqual(['deadlock', 'once_failed']);
  });

  test('under a lease that others hold who wait for it is a deadlock, too', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = a.once('k', (context) => compute(context).then(() => a.withLock('db', () => 1)));
    await begun(1);
    const second = b.withLock('db', () => b.once('k', () => 2));
    await waiting(1);
    runs[0]!.resolve('go on');
    const ends = await Promise.allSettled([first, second]);
    expect(ends.map((end) => end.status === 'rejected' && end.reason.code)).toContain('deadlock');
  });

  test('refuses what is no option, and does not ask', async () => {
    const client = await another();
    const wrong: [unknown[], string][] = [
      [[1, () => 1], 'key: expected a text'],
      [['k'], 'compute: expected a function'],
      [['k', () => 1, { tll: 1 }], "There is no option 'tll'. Did you mean 'ttl'?"],
      [['k', () => 1, { ttl: 'soon' }], 'ttl'],
      [['k', () => 1, { refresh: -1 }], 'refresh'],
      [['k', () => 1, { ttl: '1m', refresh: '1m' }], 'refresh: expected less than ttl'],
    ];
    for (const [args, message] of wrong) {
      const asked = (client.once as (...args: unknown[]) => Promise<unknown>).apply(client, args);
      await expect(asked).rejects.toMatchObject({ code: 'bad_option' });
      await expect(asked).rejects.toThrow(message);
    }
  });
});

// Each was once otherwise.
describe('once, under strain', () => {
  test('answers more than a connection takes at once, as fast as it reads', async () => {
    await broker.stop();
    broker = await startBroker();
    const [a, b] = [await another(), await another()];
    const lock = await a.lock('other');
    const { runs, compute, begun } = slow();
    const asked = Array.from({ length: 60 }, () => b.once('k', compute));
    await begun(1);
    await waiting(59);
    runs[0]!.resolve('x'.repeat(262_000));
    expect((await Promise.all(asked)).filter((value) => value.length === 262_000)).toHaveLength(60);
    expect(lock.held).toBe(true);
  });

  test('tells the beginning of a failure that is longer than a line', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = a.once('k', compute).catch((error) => error);
    await begun(1);
    const told = b.once('k', compute).catch((error) => error);
    await waiting(1);
    runs[0]!.reject(`why \ud800${'x'.repeat(2_000_000)}`);
    expect(await first).toHaveLength(2_000_005);
    expect((await told).message).toMatch(/: why \ufffdx{1995}$/);
    expect((await told).code).toBe('once_failed');
  });

  test('gives all the very same, whatever becomes of the thing meanwhile', async () => {
    const client = await another();
    const made = { n: 1 };
    const got = await client.once('k', () => {
      setImmediate(() => {
        made.n = 2;
      });
      return made;
    });
    expect([got, await client.get('k')]).toEqual([{ n: 1 }, { n: 1 }]);
  });

  test('makes nothing where a value was set while it waited', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = codeOf(a.once('k', compute));
    await begun(1);
    const waits = [b.once('k', compute), b.once('k', compute)];
    await waiting(2);
    await b.set('k', 'set', { ttl: 'run' });
    await a.close();
    expect(await Promise.all(waits)).toEqual(['set', 'set']);
    runs[0]!.resolve('late');
    expect([await first, await b.get('k'), runs.length]).toEqual(['closed', 'set', 1]);
  });

  test('makes what was deleted meanwhile anew, for all who ask after that', async () => {
    const [a, b, c] = [await another(), await another(), await another()];
    const { runs, compute, begun } = slow();
    const first = a.once('k', compute);
    await begun(1);
    const before = b.once('k', compute);
    await waiting(1);
    await c.del('k');
    const after = [b.once('k', compute), c.once('k', compute)];
    await waiting(3);
    runs[0]!.resolve('old');
    expect(await Promise.all([first, before])).toEqual(['old', 'old']);
    await begun(2);
    expect(await c.get('k')).toBe(undefined);
    runs[1]!.resolve('new');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    expect([await a.once('k', compute), runs.length]).toEqual(['new', 2]);
  });

  test('leaves what was set meanwhile, also by adding to it', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const asked = [a.once('k', compute), a.once('n', compute)];
    await begun(2);
    await b.set('k', 'set', { ttl: 'run' });
    await b.incr('n', { by: 7 });
    expect(await b.once('k', compute)).toBe('set');
    for (const { resolve } of runs) resolve('made');
    expect(await Promise.all(asked)).toEqual(['made', 'made']);
    expect([await b.get('k'), await b.get('n')]).toEqual(['set', 7]);
  });

  test('refuses what is too large also where it is not kept', async () => {
    const [a, b] = [await another(), await another()];
    const { runs, compute, begun } = slow();
    const asked = codeOf(a.once('k', compute));
    await begun(1);
    await b.del('k');
    runs[0]!.resolve('x'.repeat(2_000));
    expect(await asked).toBe('too_large');
  });

  test('keeps undefined for those who add to it: it is no number', async () => {
    const client = await another();
    await client.once('k', () => undefined);
    expect(await codeOf(client.incr('k'))).toBe('wrong_type');
  });
});

describe('a refresh', () => {
  const options = { ttl: '1h', refresh: '50m' } as const;

  /** Of which so little is left that a new one is due. */
  async function setOld(client: Client): Promise<void> {
    await client.set('k', 'old', { ttl: '1h' });
    await client.touch('k', '40m');
  }

  /** Of the 40 min that the old value has, half must be over before a new one is made. */
  async function dueAtHalfOf40m(client: Client): Promise<void> {
    const compute = vi.fn(() => 'new');
    expect(await client.once('k', compute, options)).toBe('old');
    await client.touch('k', '21m');
    expect(await client.once('k', compute, options)).toBe('old');
    expect(compute).not.toHaveBeenCalled();
    await client.touch('k', '19m');
    expect(await client.once('k', compute, options)).toBe('old');
    await vi.waitFor(async () => expect(await client.get('k')).toBe('new'), 10_000);
  }

  test('is made by one, while all go on with the old value', async () => {
    const [a, b] = [await another(), await another()];
    await setOld(a);
    const { runs, compute, begun } = slow();
    expect(await a.once('k', compute, options)).toBe('old');
    await begun(1);
    expect(await b.once('k', compute, options)).toBe('old');
    expect(await b.once('k', compute, { timeout: 0, ...options })).toBe('old');
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('new');
    await vi.waitFor(async () => expect(await b.get('k')).toBe('new'), 10_000);
  });

  test('is not made while the value is fresh', async () => {
    const client = await another();
    const compute = vi.fn(() => 'new');
    await client.set('k', 'old', { ttl: '1h' });
    expect(await client.once('k', compute, options)).toBe('old');
    await client.set('lasting', 'old', { ttl: 'run' });
    expect(await client.once('lasting', compute, options)).toBe('old');
    await client.get('k');
    expect(compute).not.toHaveBeenCalled();
  });

  test('is not due at once where the value lives no longer than that: at half its life', async () => {
    const client = await another();
    await client.set('k', 'old', { ttl: '40m' });
    await dueAtHalfOf40m(client);
  });

  test('that fails is told, and the old value goes on; it is tried again when half of what that has left is over', async () => {
    const client = await another();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await setOld(client);
    const fail = () => Promise.reject(new Error('down'));
    expect(await client.once('k', fail, options)).toBe('old');
    await vi.waitFor(() => expect(warned).toHaveBeenCalled(), 10_000);
    expect(warned.mock.calls[0]![0]).toBe(
      "ephemeral-broker: once 'k': no new value was made, so the old one goes on: down",
    );
    expect(await client.get('k')).toBe('old');
    await dueAtHalfOf40m(client);
  });

  test('is not within what asked for it: what it waits for there is no deadlock', async () => {
    const client = await another();
    await setOld(client);
    const refreshed = () => client.withLock('db', () => 'new');
    await client.withLock('db', async () => {
      expect(await client.once('k', refreshed, options)).toBe('old');
      await pause(1);
    });
    await vi.waitFor(async () => expect(await client.get('k')).toBe('new'), 10_000);
  });

  test('of undefined keeps nobody waiting', async () => {
    const client = await another();
    await client.once('k', () => undefined, { ttl: '1h' });
    await client.touch('k', '40m');
    const { runs, compute, begun } = slow();
    expect(await client.once('k', compute, options)).toBe(undefined);
    await begun(1);
    runs[0]!.resolve('new');
    await vi.waitFor(async () => expect(await client.get('k')).toBe('new'), 10_000);
  });

  test('for which there is no room leaves the old value', async () => {
    await broker.stop();
    broker = await startBroker({ limits: { maxLeases: 1 } });
    const client = await another();
    await setOld(client);
    await client.lock('the only one');
    expect(await client.once('k', () => 'new', options)).toBe('old');
  });

  test('that would wait for itself is a deadlock', async () => {
    const client = await another();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await setOld(client);
    const itself = async () => {
      await client.del('k');
      return client.once('k', () => 'new');
    };
    expect(await client.once('k', itself, options)).toBe('old');
    await vi.waitFor(() => expect(warned).toHaveBeenCalled(), 10_000);
    expect(warned.mock.calls[0]![0]).toContain('This request waits for what it holds itself');
  });

  test('that ends with its client is not told: whoever closed it knows', async () => {
    const [client, other] = [await another(), await another()];
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await setOld(client);
    const { runs, compute, begun } = slow();
    await client.once('k', compute, options);
    await begun(1);
    await client.close();
    runs[0]!.resolve('late');
    expect(await other.get('k')).toBe('old');
    await pause(1);
    expect(warned).not.toHaveBeenCalled();
  });
});

/** The lease under which a key is made, from the error of who will not wait. */
async function leaseOf(key: string): Promise<string> {
  const error = await clients[0]!.once(key, () => 1, { timeout: 0 }).catch((e) => e);
  return (error as { details: { holders: { lease: string }[] } }).details.holders[0]!.lease;
}
