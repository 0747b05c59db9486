import { existsSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { type BrokerConfig, BrokerError, type Client, type ProviderSpec } from '../index.ts';
import {
  another,
  broker,
  die,
  failure,
  gate,
  slow,
  start,
  turn,
  warnings,
} from '../testing/running-broker.ts';

/** Of a value that is made anew ahead of its end. */
const REFRESHED = { ttl: '1h', refresh: '50m' } as const;

/** So little is left of its life that a new one is due. */
const age = (client: Client) => client.touch('token', '40m');

/** So many wait for the token. */
const places = (client: Client, count: number) =>
  vi.waitFor(async () => {
    const { details } = await failure(client.value('token', { timeout: 0 }));
    expect(details.place).toBe(count);
  }, 10_000);

describe('a provided value', () => {
  const provide = (spec: ProviderSpec, more: BrokerConfig = {}) =>
    start({ ...more, values: { token: spec } });

  /** There is one, 'old', and one client has asked for it since a new one is due: that is being made. */
  async function madeAnew() {
    const { runs, run, begun } = slow();
    await provide({ provide: run, ...REFRESHED });
    const client = await another();
    const first = client.value('token');
    await begun(1);
    runs[0]!.resolve('old');
    expect(await first).toBe('old');
    await age(client);
    expect(await client.value('token')).toBe('old');
    await begun(2);
    return { client, runs, begun };
  }

  test('is made when it is first asked for, once for all workers', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    expect(runs).toHaveLength(0);
    const asked = [a, b, a].map((client) => client.value('token'));
    await begun(1);
    runs[0]!.resolve({ id: 7 });
    expect(await Promise.all(asked)).toEqual([{ id: 7 }, { id: 7 }, { id: 7 }]);
    expect(await b.value('token')).toEqual({ id: 7 });
    expect(await b.get('token')).toEqual({ id: 7 });
    expect(runs).toHaveLength(1);
  });

  test.each([undefined, null, 0, ''])('may be %j', async (given) => {
    const provider = vi.fn(() => given);
    await provide({ provide: provider });
    const client = await another();
    expect(await client.value('token')).toBe(given);
    expect(await client.value('token')).toBe(given);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  test('is made anew when its life has ended, by what its ttl says of it', async () => {
    let count = 0;
    await provide({ provide: () => ({ n: ++count }), ttl: (value) => (value as { n: number }).n });
    const client = await another();
    expect(await client.value('token')).toEqual({ n: 1 });
    await vi.waitFor(async () => expect(await client.value('token')).not.toEqual({ n: 1 }));
  });

  test('is made anew ahead of its end, while all go on with the old one', async () => {
    const { client, runs } = await madeAnew();
    expect(await (await another()).value('token')).toBe('old');
    runs[1]!.resolve('new');
    await vi.waitFor(async () => expect(await client.get('token')).toBe('new'));
    expect(runs).toHaveLength(2);
  });

  test('is not made anew at once where its ttl turns out to be no longer than refresh', async () => {
    let count = 0;
    await provide({ provide: () => ++count, ttl: () => '40m', refresh: '50m' });
    const client = await another();
    for (let i = 0; i < 3; i++) expect(await client.value('token')).toBe(1);
    expect(count).toBe(1);
    await client.touch('token', '19m');
    expect(await client.value('token')).toBe(1);
    await vi.waitFor(async () => expect(await client.get('token')).toBe(2));
  });

  test('is not made by `once` while its provider is at work, whoever has asked for it', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b, c] = [await another(), await another(), await another()];
    a.value('token').catch(() => {});
    await begun(1);
    const compute = vi.fn(() => 'computed');
    const queued = b.once('token', compute);
    await places(c, 1);
    die(a);
    const later = c.once('token', compute);
    await vi.waitFor(async () =>
      expect((await c.status()).leases).toMatchObject([{ worker: '1' }]),
    );
    runs[0]!.resolve('provided');
    expect(await Promise.all([queued, later])).toEqual(['provided', 'provided']);
    expect([compute.mock.calls.length, runs.length]).toEqual([0, 1]);
  });

  test('that cannot be made is told to all who waited; whoever asks later tries again', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const asked = [a.value('token'), b.value('token'), b.value('token')].map(failure);
    await begun(1);
    await places(b, 2);
    runs[0]!.reject(new Error('503 from the gate'));
    for (const error of await Promise.all(asked)) {
      expect(error.code).toBe('provider_failed');
      expect(error.message).toBe("The provider of 'token' failed: 503 from the gate");
      expect(error.details).toEqual({ key: 'token' });
    }
    const again = a.value('token');
    await begun(2);
    runs[1]!.resolve('fine');
    expect(await again).toBe('fine');
  });

  test.each([
    ['a code of its own', new BrokerError('idp/locked', 'Out of luck', { until: 5 }), 'idp/locked'],
    ['a code of ours', new BrokerError('lease_lost', 'mine'), 'provider_failed'],
    ['nothing', undefined, 'provider_failed'],
    ['what cannot be read', { message: Symbol('x') }, 'provider_failed'],
    ['details that no line can hold', new BrokerError('idp/x', 'm', { a: 1n } as never), 'idp/x'],
    ['details without end', new BrokerError('idp/x', 'm', { a: 'a'.repeat(9e6) }), 'idp/x'],
    ['a text without end', new Error('a'.repeat(9e6)), 'provider_failed'],
  ])('whose provider throws %s', async (_, thrown, code) => {
    await provide({
      provide: () => {
        throw thrown;
      },
    });
    const client = await another();
    const error = await failure(client.value('token'));
    expect(error.code).toBe(code);
    expect(error.message.length).toBeLessThan(2_100);
    if (code === 'idp/locked') expect(error.details).toEqual({ until: 5 });
  });

  test.each([
    ['no JSON', () => new Date(), 'not_json'],
    ['too large', () => 'x'.repeat(2_000), 'too_large'],
  ])('that is %s is refused, to all', async (_, provider, code) => {
    await provide({ provide: provider }, { limits: { maxValueBytes: 1_000 } });
    const client = await another();
    expect((await failure(client.value('token'))).code).toBe(code);
  });

  test('that throws when it is read fails for all, and so does the next one', async () => {
    const trap = () => {
      throw new Error('sprung');
    };
    await provide({
      provide: () => Object.defineProperty({}, 'a', { get: trap, enumerable: true }),
    });
    const [a, b] = [await another(), await another()];
    const codes = await Promise.all([a, b].map(async (each) => failure(each.value('token'))));
    for (const { message } of codes) {
      expect(message).toBe("The provider of 'token' failed: sprung");
    }
  });

  test('that comes when all is over is disposed of, too', async () => {
    const { runs, run, begun } = slow();
    const disposed: unknown[] = [];
    await provide({ provide: run, dispose: (value) => disposed.push(value), timeout: 20 });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    await broker.stop();
    await asked;
    runs[0]!.resolve('late');
    await vi.waitFor(() => expect(disposed).toEqual(['late']));
  });

  test('is disposed of once, also where another comes meanwhile', async () => {
    const disposed: unknown[] = [];
    const { opened, open } = gate();
    const slowly = slow();
    await start({
      values: {
        a: {
          provide: () => 'a',
          dispose: async (value) => {
            disposed.push(value);
            slowly.runs[0]!.resolve('b');
            await opened;
          },
        },
        b: { provide: slowly.run, dispose: (value) => disposed.push(value), timeout: 20 },
      },
    });
    const client = await another();
    await client.value('a');
    const asked = failure(client.value('b'));
    await slowly.begun(1);
    const stopped = broker.stop();
    await asked;
    await vi.waitFor(() => expect(disposed).toEqual(['a']));
    open();
    await stopped;
    await vi.waitFor(() => expect(disposed).toEqual(['a', 'b']));
    await turn();
    expect(disposed).toEqual(['a', 'b']);
  });

  test('that is being made when the broker stops is waited for, and disposed of', async () => {
    const { runs, run, begun } = slow();
    const disposed: unknown[] = [];
    await provide({ provide: run, dispose: (value) => disposed.push(value) });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    const stopped = broker.stop();
    expect((await asked).code).toBe('stopping');
    expect(runs[0]!.signal.aborted).toBe(true);
    let over = false;
    stopped.then(() => {
      over = true;
    });
    // The listener unlinks its socket when it is closed: that is all over.
    await vi.waitFor(() => expect(existsSync(broker.pipe)).toBe(false), 10_000);
    for (let i = 0; i < 100; i++) await turn();
    expect(over).toBe(false);
    runs[0]!.resolve('made');
    await stopped;
    expect(disposed).toEqual(['made']);
  });

  test('that is being made when the process ends is named', async () => {
    const { run, begun } = slow();
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await provide({ provide: run, dispose: () => {}, timeout: 20 });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    await broker.stop();
    await asked;
    expect(told.mock.calls.join()).toContain("before these values were disposed of: 'token'");
  });

  test('that cannot be made anew goes on, with one warning, and is not tried again by each who asks', async () => {
    let count = 0;
    const provider = () => {
      if (++count > 1) throw new Error('the gate is shut');
      return 'old';
    };
    await provide({ provide: provider, ...REFRESHED });
    const client = await another();
    await client.value('token');
    await age(client);
    expect(await client.value('token')).toBe('old');
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toMatch(/no new value was made under 'token'.* the gate is shut/);
    for (let i = 0; i < 5; i++) expect(await client.value('token')).toBe('old');
    expect(count).toBe(2);
  });

  test.each([
    ['too large', () => 'x'.repeat(2_000)],
    ['no JSON', () => new Date()],
  ])(
    'whose refresh gives one that is %s is not tried again by each who asks',
    async (_, refreshed) => {
      let count = 0;
      const provider = () => (++count > 1 ? refreshed() : 'old');
      await provide({ provide: provider, ...REFRESHED }, { limits: { maxValueBytes: 1_000 } });
      const client = await another();
      await client.value('token');
      await age(client);
      await client.value('token');
      await vi.waitFor(() => expect(warnings).toHaveLength(1));
      for (let i = 0; i < 5; i++) expect(await client.value('token')).toBe('old');
      expect(count).toBe(2);
    },
  );

  test('that somebody has set while its provider failed stays', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    await client.set('token', 'mine', { ttl: 'run' });
    runs[0]!.reject(new Error('no gate'));
    await asked;
    expect(await client.value('token')).toBe('mine');
    expect(runs).toHaveLength(1);
  });

  test('that is there is disposed of before those that are still being made', async () => {
    const { runs, run, begun } = slow();
    const disposed: unknown[] = [];
    const dispose = (value: unknown) => disposed.push(value);
    await start({ values: { a: { provide: () => 'a', dispose }, b: { provide: run, dispose } } });
    const client = await another();
    await client.value('a');
    const asked = failure(client.value('b'));
    await begun(1);
    const stopped = broker.stop();
    await asked;
    await vi.waitFor(() => expect(disposed).toEqual(['a']));
    runs[0]!.resolve('b');
    await stopped;
    expect(disposed).toEqual(['a', 'b']);
  });

  test('is disposed of by its own provider', async () => {
    const seen: unknown[] = [];
    await start();
    broker.on('provide', ({ key }) =>
      key === 'token'
        ? {
            value: 1,
            dispose() {
              seen.push(Object.keys(this));
            },
          }
        : undefined,
    );
    await (await another()).value('token');
    await broker.stop();
    expect(seen).toEqual([['value', 'dispose']]);
  });

  test('that somebody has set is made anew no more', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run, ...REFRESHED });
    const client = await another();
    const asked = client.value('token');
    await begun(1);
    runs[0]!.resolve('made');
    await asked;
    await client.set('token', 'set', { ttl: '1h' });
    await age(client);
    expect(await client.value('token')).toBe('set');
    expect(runs).toHaveLength(1);
  });

  test('that was deleted while it was made is made anew for who asks after that, when the run is over', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b, c] = [await another(), await another(), await another()];
    const first = a.value('token');
    await begun(1);
    const before = b.value('token');
    await places(b, 1);
    await c.del('token');
    const after = [b.value('token'), c.value('token')];
    await places(c, 3);
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('old');
    expect(await Promise.all([first, before])).toEqual(['old', 'old']);
    await begun(2);
    expect(await c.get('token')).toBe(undefined);
    runs[1]!.resolve('new');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    expect([await a.value('token'), runs.length]).toEqual(['new', 2]);
  });

  test('that was deleted is not had of the run before by who takes over either', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const gone = failure(a.value('token'));
    await begun(1);
    await b.del('token');
    const after = b.value('token');
    await places(b, 1);
    die(a);
    await gone;
    await places(b, 0);
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('old');
    await begun(2);
    runs[1]!.resolve('new');
    expect([await after, await b.get('token')]).toEqual(['new', 'new']);
  });

  test('leaves what was set while it was made', async () => {
    const { runs, run, begun } = slow();
    const disposed: unknown[] = [];
    await provide({ provide: run, dispose: (value) => disposed.push(value) });
    const [a, b] = [await another(), await another()];
    const asked = a.value('token');
    await begun(1);
    await b.set('token', 'set', { ttl: 'run' });
    runs[0]!.resolve('made');
    expect([await asked, await a.value('token')]).toEqual(['made', 'set']);
    await broker.stop();
    expect(disposed).toEqual(['made']);
  });

  test('that is too large is refused also where it is not kept', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run }, { limits: { maxValueBytes: 1_000 } });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    await client.del('token');
    runs[0]!.resolve('x'.repeat(2_000));
    expect((await asked).code).toBe('too_large');
  });

  test('that could not be made anew is warned of once, also where another has taken over', async () => {
    const { client, runs } = await madeAnew();
    const b = await another();
    die(client);
    // It takes the place of the one that died.
    await vi.waitFor(async () => expect((await b.status()).leases).toEqual([]));
    await b.value('token');
    runs[1]!.reject(new Error('the gate is shut'));
    await vi.waitFor(() => expect(warnings).not.toEqual([]));
    await b.value('token');
    await turn();
    expect(warnings).toEqual([
      "ephemeral-broker: no new value was made under 'token', so the old one goes on to its end: The provider of 'token' failed: the gate is shut",
    ]);
  });

  test('that was deleted while it was made anew in vain is not said to go on', async () => {
    const { client, runs, begun } = await madeAnew();
    await client.del('token');
    const next = client.value('token');
    runs[1]!.reject(new Error('the gate is shut'));
    await begun(3);
    runs[2]!.resolve('new');
    expect([await next, warnings]).toEqual(['new', []]);
  });

  test('that is being made anew when the broker stops is no reason for a warning', async () => {
    await madeAnew();
    await broker.stop();
    await turn();
    expect(warnings).toEqual([]);
  });

  test('may be made beside many others without a warning', async () => {
    const { runs, run, begun } = slow();
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await start({ values: Object.fromEntries(keys.map((key) => [key, { provide: run }])) });
    const client = await another();
    const asked = keys.map((key) => client.value(key));
    await begun(20);
    for (const { resolve } of runs) resolve(1);
    await Promise.all(asked);
    expect(warnings).toEqual([]);
  });

  test('is waited for as long as its provider may take, where that is longer than the config says', async () => {
    const { run } = slow();
    await provide({ provide: run, timeout: 200 }, { waitTimeout: 1 });
    const error = await failure((await another()).value('token'));
    expect(error.message).toBe("The provider of 'token' took longer than 200 ms");
  });

  test('is waited for in all, in the queue and for its provider, as long as was asked', async () => {
    const { run, begun } = slow();
    await provide({ provide: run });
    const [first, second] = [await another(), await another()];
    const gone = failure(first.value('token'));
    await begun(1);
    const asked = failure(second.value('token', { timeout: 2_000 }));
    await places(second, 1);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    die(first);
    await gone;
    // It is the first now, with what is left of its time.
    const error = await asked;
    expect(error.details).toMatchObject({ key: 'token', waitedMs: 2_000 });
    const left = timers.mock.calls.map(([, ms]) => ms!).filter((ms) => ms % 1 > 0);
    expect(left).toHaveLength(1);
    expect(left[0]).toBeLessThan(2_000);
  });

  test('tells who waits in the queue what of, too', async () => {
    const { run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const first = failure(a.value('token'));
    await begun(1);
    const error = await failure(b.value('token', { timeout: 20 }));
    expect(error.message).toBe(
      "Waited 20 ms for the value 'token': its provider is still at work, in the broker. Whoever asks again waits for the same run of it.",
    );
    await broker.stop();
    await first;
  });

  test.each([
    ['null', null, 'expected an object'],
    ['a bare text', 'token', 'expected an object'],
    ['a misspelt option', { value: 1, tll: 1 }, "There is no option 'tll'. Did you mean 'ttl'?"],
    ['no value', { ttl: 1 }, 'gave no value'],
    ['a dispose that is none', { value: 1, dispose: 1 }, 'dispose: expected a function'],
  ])('that a listener gives as %s is refused', async (_, given, message) => {
    await start();
    broker.on('provide', () => given as never);
    const error = await failure((await another()).value('token'));
    expect(error.code).toBe('provider_failed');
    expect(error.message).toContain(message);
  });

  test('whose provider throws what cannot be read fails for who asked', async () => {
    await provide({
      provide: () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      },
    });
    expect((await failure((await another()).value('token'))).message).toBe(
      "The provider of 'token' failed: no error that can be read",
    );
  });

  test('with a ttl that is none is refused by its provider’s name', async () => {
    await provide({ provide: () => 1, ttl: () => Number.NaN });
    const client = await another();
    expect((await failure(client.value('token'))).message).toMatch(
      /^The provider of 'token' failed: ttl: expected/,
    );
  });

  test('has a provider that may take no longer than its timeout, and learns of it', async () => {
    const { runs, run } = slow();
    await provide({ provide: run, timeout: 20 });
    const client = await another();
    const error = await failure(client.value('token'));
    expect(error.message).toBe("The provider of 'token' took longer than 20 ms");
    expect(runs[0]!.signal.aborted).toBe(true);
  });

  test('is waited for no longer than was asked, by the first one either; the run goes on', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const first = failure(a.value('token', { timeout: 20 }));
    await begun(1);
    expect((await first).message).toContain("Waited 20 ms for the value 'token': its provider");
    const second = await failure(b.value('token', { timeout: 20 }));
    expect(second.code).toBe('wait_timeout');
    const third = b.value('token');
    runs[0]!.resolve('late');
    expect(await third).toBe('late');
    expect(runs).toHaveLength(1);
  });

  test('is not made twice where the first who asked has died', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const first = failure(a.value('token'));
    await begun(1);
    const second = b.value('token');
    await places(b, 1);
    await a.close();
    expect((await first).code).toBe('closed');
    // When nobody waits any more, the other one has taken over.
    await places(b, 0);
    runs[0]!.resolve('kept');
    expect(await second).toBe('kept');
    expect(runs).toHaveLength(1);
  });

  test('that was aborted rejects with the signal’s reason, for the first one too', async () => {
    const { run, begun } = slow();
    await provide({ provide: run });
    const client = await another();
    const abort = new AbortController();
    const asked = client.value('token', { signal: abort.signal }).catch((error) => error);
    await begun(1);
    abort.abort('enough');
    expect(await asked).toBe('enough');
  });

  test('of a key that nothing provides is refused, with the nearest one', async () => {
    await provide({ provide: () => 1 });
    const client = await another();
    const error = await failure(client.value('tokn'));
    expect(error.code).toBe('no_provider');
    expect(error.message).toBe("Nothing provides 'tokn'. Did you mean 'token'?");
  });

  test('can come from a listener: the first that gives something', async () => {
    await start({});
    const asked: string[] = [];
    broker.on('provide', ({ key }) => {
      asked.push(key);
      return undefined;
    });
    broker.on('provide', ({ key }) =>
      key.startsWith('user:') ? { value: key, ttl: 'run' } : undefined,
    );
    const client = await another();
    expect(await client.value('user:1')).toBe('user:1');
    expect((await failure(client.value('other'))).code).toBe('no_provider');
    expect(asked).toEqual(['user:1', 'other']);
  });

  test('is disposed of once, the last first, when the broker stops', async () => {
    const disposed: unknown[] = [];
    let count = 0;
    await provide({
      provide: () => `v${++count}`,
      ttl: 1,
      dispose: (value) => disposed.push(value),
    });
    const client = await another();
    await client.value('token');
    await vi.waitFor(async () => expect(await client.value('token')).not.toBe('v1'));
    const made = count;
    await Promise.all([broker.stop(), broker.stop()]);
    expect(disposed).toEqual(Array.from({ length: made }, (_, i) => `v${made - i}`));
  });

  test('whose dispose fails or hangs is told, and holds up nobody for long', async () => {
    const disposed: string[] = [];
    await start({
      values: {
        first: { provide: () => 1, dispose: () => void disposed.push('first') },
        bad: {
          provide: () => 1,
          dispose: () => {
            throw new Error('gone already');
          },
        },
        slow: { provide: () => 1, timeout: 20, dispose: () => new Promise(() => {}) },
      },
    });
    const client = await another();
    for (const key of ['first', 'bad', 'slow']) await client.value(key);
    await broker.stop();
    expect(disposed).toEqual(['first']);
    expect(warnings).toEqual([
      "ephemeral-broker: the dispose of 'slow' took longer than 20 ms",
      "ephemeral-broker: the dispose of 'bad' failed: gone already",
    ]);
  });

  test('that is being made when the broker stops: who waits is told, and the provider', async () => {
    const { runs, run, begun } = slow();
    await provide({ provide: run });
    const [a, b] = [await another(), await another()];
    const asked = [failure(a.value('token')), failure(b.value('token'))];
    await begun(1);
    await places(b, 1);
    await broker.stop();
    expect((await Promise.all(asked)).map(({ code }) => code)).toEqual(['stopping', 'stopping']);
    expect(runs[0]!.signal.aborted).toBe(true);
  });
});
