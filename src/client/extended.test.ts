import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Broker,
  type BrokerConfig,
  BrokerError,
  type Client,
  connect,
  definePlugin,
  type ProviderSpec,
  startBroker,
} from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

let broker: Broker;
let clients: Client[];
let warnings: string[];

async function start(config: BrokerConfig): Promise<void> {
  broker = await startBroker(config);
}

/** Over a connection of its own: they are shared by their address, and this is another spelling of it. */
async function another(worker = '1'): Promise<Client> {
  const { pipe, secret } = broker;
  const address = '/'.repeat(clients.length) + pipe;
  const client = await connect({ pipe: address, secret, identity: { runner: 'vitest', worker } });
  clients.push(client);
  return client;
}

beforeEach(() => {
  clients = [];
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await broker.stop();
  vi.restoreAllMocks();
});

const failure = (asked: Promise<unknown>): Promise<BrokerError> =>
  asked.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );

/** Runs that end when the test says so. */
function slow<T = unknown>() {
  const runs: { resolve(value: T): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const run = ({ signal }: { signal: AbortSignal }) =>
    new Promise<T>((resolve, reject) => runs.push({ resolve, reject, signal }));
  const begun = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count), 10_000);
  return { runs, run, begun };
}

/** So many wait for the token. */
const places = (client: Client, count: number) =>
  vi.waitFor(async () => {
    const { details } = await failure(client.value('token', { timeout: 0 }));
    expect(details.place).toBe(count);
  }, 10_000);

describe('a provided value', () => {
  const provide = (spec: ProviderSpec, more: BrokerConfig = {}) =>
    start({ ...more, values: { token: spec } });

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
    const { runs, run, begun } = slow();
    await provide({ provide: run, ttl: () => '1h', refresh: '2h' });
    const [a, b] = [await another(), await another()];
    const first = a.value('token');
    await begun(1);
    runs[0]!.resolve('old');
    expect(await first).toBe('old');
    expect(await a.value('token')).toBe('old');
    await begun(2);
    expect(await b.value('token')).toBe('old');
    runs[1]!.resolve('new');
    await vi.waitFor(async () => expect(await a.get('token')).toBe('new'));
    expect(runs).toHaveLength(2);
  });

  test('that could not be made anew goes on, with a warning', async () => {
    let count = 0;
    const provider = () => {
      if (++count > 1) throw new Error('the gate is shut');
      return 'old';
    };
    await provide({ provide: provider, ttl: () => '1h', refresh: '2h' });
    const client = await another();
    await client.value('token');
    expect(await client.value('token')).toBe('old');
    await vi.waitFor(() => expect(warnings.join()).toContain('the gate is shut'));
    expect(warnings[0]).toContain("no new value was made under 'token'");
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
    await provide({ provide: run, dispose: (value) => disposed.push(value) });
    const client = await another();
    const asked = failure(client.value('token'));
    await begun(1);
    await broker.stop();
    await asked;
    runs[0]!.resolve('late');
    await vi.waitFor(() => expect(disposed).toEqual(['late']));
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

describe('an action', () => {
  test('runs in the broker, with its params, and knows its caller', async () => {
    await start({});
    broker.register('team/echo', (params, { session, identity }) => ({
      params: params ?? 'none',
      session,
      identity,
    }));
    const client = await another('w7');
    expect(await client.call('team/echo', { a: [1] })).toEqual({
      params: { a: [1] },
      session: 1,
      identity: { runner: 'vitest', worker: 'w7', pid: process.pid },
    });
    expect(await client.call('team/echo')).toHaveProperty('params', 'none');
  });

  test('may give nothing', async () => {
    await start({});
    broker.register('a/nothing', async () => undefined);
    expect(await (await another()).call('a/nothing')).toBe(undefined);
  });

  test.each([
    ['a code of its own', new BrokerError('mail/empty', 'No mail', { to: 'ann' }), 'mail/empty'],
    ['an error', new Error('no'), 'action_failed'],
    ['a code of ours', new BrokerError('closed', 'no'), 'action_failed'],
  ])('that throws %s fails for its caller alone', async (_, thrown, code) => {
    await start({});
    broker.register('mail/last', () => {
      throw thrown;
    });
    const client = await another();
    const [failed, got] = await Promise.all([
      failure(client.call('mail/last')),
      client.get('anything'),
    ]);
    expect(failed.code).toBe(code);
    expect(got).toBe(undefined);
    if (code === 'action_failed') expect(failed.message).toBe("The action 'mail/last' failed: no");
    else expect(failed.details).toEqual({ to: 'ann' });
  });

  test.each([
    ['no JSON', new Map(), 'not_json'],
    ['too large', 'x'.repeat(2_000_000), 'too_large'],
  ])('whose result is %s fails', async (_, result, code) => {
    await start({ limits: { maxOutputBytes: 1_100_000 } });
    broker.register('a/r', () => result);
    expect((await failure((await another()).call('a/r'))).code).toBe(code);
  });

  test('has its params checked by a function', async () => {
    await start({});
    const params = (given: unknown) => {
      if (typeof given !== 'number') throw new Error('expected a number');
      return given * 2;
    };
    broker.register('a/double', (doubled) => doubled, { params });
    const client = await another();
    expect(await client.call('a/double', 4)).toBe(8);
    const error = await failure(client.call('a/double', '4'));
    expect(error.code).toBe('bad_params');
    expect(error.message).toBe(
      "The params of the action 'a/double' are not what it takes: expected a number",
    );
    expect(error.details).toEqual({ name: 'a/double' });
  });

  test('has its params checked by any schema that follows the standard', async () => {
    await start({});
    const handler = vi.fn(() => 1);
    const issues = [{ message: 'Required', path: ['to', { key: 0 }] }, { message: 'Odd' }];
    broker.register('mail/send', handler, {
      params: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: async (value) => (value === 'good' ? { value: 'parsed' } : { issues }),
        },
      },
    });
    const client = await another();
    expect((await failure(client.call('mail/send', 'bad'))).message).toMatch(
      /: to\.0: Required; Odd$/,
    );
    expect(handler).not.toHaveBeenCalled();
    expect(await client.call('mail/send', 'good')).toBe(1);
    expect(handler).toHaveBeenCalledWith('parsed', expect.anything());
  });

  test('whose schema throws refuses its params', async () => {
    await start({});
    const validate = () => {
      throw new Error('no schema');
    };
    const params = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    broker.register('mail/send', () => 1, { params });
    expect((await failure((await another()).call('mail/send'))).code).toBe('bad_params');
  });

  test('ends with its timeout, its signal, its caller, its broker: its own signal says so', async () => {
    await start({});
    const signals: AbortSignal[] = [];
    broker.register('a/hang', (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const [client, dying, left] = [await another(), await another(), await another()];
    const begun = (count: number) => vi.waitFor(() => expect(signals).toHaveLength(count), 10_000);
    const late = await failure(client.call('a/hang', undefined, { timeout: 20 }));
    expect([late.code, late.message]).toEqual([
      'wait_timeout',
      "Waited 20 ms for the action 'a/hang': it is still at work, in the broker. Where it may take longer, give call() a timeout.",
    ]);
    const abort = new AbortController();
    const aborted = client
      .call('a/hang', undefined, { signal: abort.signal })
      .catch((error) => error);
    await begun(2);
    abort.abort('enough');
    expect(await aborted).toBe('enough');
    const died = failure(dying.call('a/hang'));
    await begun(3);
    await dying.close();
    expect((await died).code).toBe('closed');
    await vi.waitFor(() =>
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]),
    );
    const stopped = failure(left.call('a/hang'));
    await begun(4);
    await broker.stop();
    expect((await stopped).code).toBe('stopping');
    expect(signals[3]!.aborted).toBe(true);
  });

  test.each(['get', 'hello', 'mine', 'a/mine', '', '/', 'a/', 'a\nb', 'a/b\n', 'a/b/c', 7])(
    'of the name %j is refused at its registration',
    async (name) => {
      await start({});
      broker.register('a/mine', () => 1);
      expect(() => broker.register(name as 'a/b', () => 2)).toThrow(
        expect.objectContaining({ code: 'bad_option' }),
      );
    },
  );

  test('that is unknown is told with the nearest one', async () => {
    await start({});
    broker.register('mail/last', () => 1);
    const error = await failure((await another()).call('mail/lst'));
    expect(error.message).toBe("There is no action 'mail/lst'. Did you mean 'mail/last'?");
  });

  test('is not added, nor anything else, by what it cannot be', async () => {
    await start({});
    for (const wrong of [
      () => broker.register('a/b', 'no' as never),
      () => broker.register('a/b', () => 1, { params: {} as never }),
      () => broker.use('no' as never),
      () => broker.on('provide', 'no' as never),
      () => broker.on('begin' as never, () => {}),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'bad_option' }));
    }
  });
});

describe('a plugin', () => {
  test('adds actions, values and middleware, before anybody connects', async () => {
    const seen: string[] = [];
    const mail = definePlugin({
      name: 'mail',
      async setup(extended) {
        await Promise.resolve();
        extended.register('mail/count', () => 3);
        extended.on('provide', ({ key }) => (key === 'inbox' ? { value: 'in' } : undefined));
        extended.on('stop', () => seen.push('stop'));
        extended.use(({ action }, _, next) => {
          seen.push(action);
          return next();
        });
      },
    });
    await start({ plugins: [mail] });
    const client = await another();
    expect([await client.call('mail/count'), await client.value('inbox')]).toEqual([3, 'in']);
    await client.close();
    await broker.stop();
    expect(seen.slice(0, 2)).toEqual(['mail/count', 'value']);
    expect(seen.at(-1)).toBe('stop');
  });

  test('that fails at its set-up stops the start, by its name', async () => {
    await start({});
    const failing = (name: string, setup: () => unknown) =>
      failure(startBroker({ plugins: [{ name, setup }] }));
    const down = () => {
      throw new Error('no gate');
    };
    expect((await failing('mail', down)).message).toBe(
      "startBroker(): the set-up of the plugin 'mail' failed: no gate",
    );
    expect((await failing('mail', down)).code).toBe('bad_config');
  });

  test('that takes the name of an action stops the start', async () => {
    await start({});
    const plugin = (name: string) =>
      definePlugin({ name, setup: (extended) => extended.register('mail/last', () => 1) });
    const error = await failure(startBroker({ plugins: [plugin('a'), plugin('b')] }));
    expect(error.message).toContain("the set-up of the plugin 'b' failed: register('mail/last')");
  });
});
