import { describe, expect, test, vi } from 'vitest';
import { BrokerError } from '../index.ts';
import { another, broker, failure, slow, start, turn } from '../testing/running-broker.ts';

describe('an action', () => {
  test('runs in the broker, with its params, and knows its caller', async () => {
    await start({});
    broker.register('team/echo', (params, { session, identity, purpose }) => ({
      params: params ?? 'none',
      session,
      identity,
      purpose,
    }));
    const client = await another('w7');
    const purpose = { file: 'shop.test.ts', test: 'buys' };
    expect(await client.call('team/echo', { a: [1] }, { purpose })).toEqual({
      params: { a: [1] },
      session: 1,
      identity: { runner: 'vitest', worker: 'w7', pid: process.pid },
      purpose,
    });
    expect(await client.call('team/echo')).toMatchObject({ params: 'none', purpose: {} });
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
    const error = await failure((await another()).call('a/r'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^The result of the action 'a\/r' (would not|has more bytes)/);
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
    await vi.waitFor(
      () => expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]),
      10_000,
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

  test.each([
    ['of what cannot be read', () => Proxy.revocable({}, {}), 'action_failed'],
    ['of a code that cannot be read', () => unreadable, 'action_failed'],
  ])('that throws an error %s fails for its caller', async (_, thrown, code) => {
    await start();
    broker.register('a/broken', () => {
      const what = thrown();
      if ('revoke' in what) what.revoke();
      throw 'proxy' in what ? what.proxy : what;
    });
    const client = await another();
    expect((await failure(client.call('a/broken'))).code).toBe(code);
    expect(await client.get('k')).toBe(undefined);
  });

  test('whose result throws when it is read fails for its caller', async () => {
    await start();
    const trap = () => {
      throw new Error('sprung');
    };
    broker.register('a/trap', () =>
      Object.defineProperty({}, 'a', { get: trap, enumerable: true }),
    );
    const error = await failure((await another()).call('a/trap'));
    expect([error.code, error.message]).toEqual([
      'action_failed',
      "The action 'a/trap' failed: sprung",
    ]);
  });

  test('has its params checked by a function that takes its time', async () => {
    await start();
    const handler = vi.fn((params) => params);
    broker.register('a/checked', handler, {
      params: async (given) => {
        await turn();
        if (given !== 'good') throw new Error('expected good');
        return 'better';
      },
    });
    const client = await another();
    expect((await failure(client.call('a/checked', 'bad'))).code).toBe('bad_params');
    expect(handler).not.toHaveBeenCalled();
    expect(await client.call('a/checked', 'good')).toBe('better');
  });

  test('takes a schema that is a function for a schema', async () => {
    await start();
    // As those of ArkType are: called, they give what is wrong in place of throwing it.
    const schema = Object.assign((given: unknown) => given, {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => ({ issues: [{ message: 'none is good' }] }),
      },
    });
    broker.register('a/checked', () => 1, { params: schema });
    expect((await failure((await another()).call('a/checked', 1))).message).toContain(
      'none is good',
    );
  });

  test('sends results as fast as they are read, however large', async () => {
    await start();
    const text = 'x'.repeat(3_000_000);
    broker.register('a/large', () => text);
    const client = await another();
    const calls = Array.from({ length: 8 }, () => client.call('a/large'));
    for (const result of await Promise.all(calls)) expect(result).toHaveLength(text.length);
  });

  test('that was given up before it could begin does not', async () => {
    await start();
    const handler = vi.fn();
    broker.register('a/late', handler);
    const client = await another();
    const abort = new AbortController();
    const asked = client.call('a/late', undefined, { signal: abort.signal }).catch(() => 'gone');
    // In the same write.
    abort.abort();
    expect(await asked).toBe('gone');
    await client.get('k');
    expect(handler).not.toHaveBeenCalled();
  });

  test('is at work for so many callers, also such as gave up, and not for more', async () => {
    await start({ limits: { maxWaiters: 2 } });
    const { runs, run, begun } = slow();
    broker.register('a/slow', (_, context) => run(context));
    const client = await another();
    const first = failure(client.call('a/slow', undefined, { timeout: 1 }));
    const second = client.call('a/slow');
    await begun(2);
    await first;
    const error = await failure(client.call('a/slow'));
    expect([error.code, error.details]).toEqual(['too_many', { maxWaiters: 2 }]);
    for (const { resolve } of runs) resolve(1);
    expect(await second).toBe(1);
    const third = client.call('a/slow');
    await begun(3);
    runs[2]!.resolve(3);
    expect(await third).toBe(3);
  });

  test.each([
    ['40s', 40_000, '40.0 s'],
    ['1s', 30_000, '30.0 s'],
  ])(
    'is waited for as long as the config says of waits (%s), 30 s at least, and not as long as a provider may take',
    async (waitTimeout, ms, told) => {
      await start({ waitTimeout, values: { token: { provide: () => 1, timeout: '2h' } } });
      broker.register('a/hang', () => new Promise(() => {}));
      const client = await another();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const asked = failure(client.call('a/hang'));
      while (vi.getTimerCount() === 0) await turn();
      vi.advanceTimersByTime(ms);
      expect((await asked).message).toMatch(`Waited ${told} for the action`);
    },
  );

  test('cannot be one of the broker’s own', async () => {
    await start();
    const client = await another();
    for (const name of ['hello', 'get', '', 7]) {
      expect((await failure(client.call(name as 'a/b'))).code).toBe('bad_option');
    }
  });

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
      () => broker.register('a/b', () => 1, { parms: 1 } as never),
      () => broker.register('a/b', () => 1, null as never),
      () => broker.use('no' as never),
      () => broker.on('provide', 'no' as never),
      () => broker.on('begin' as never, () => {}),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'bad_option' }));
    }
  });
});

const unreadable = Object.defineProperty(new BrokerError('team/x', ''), 'code', {
  get() {
    throw new Error('sprung');
  },
});
