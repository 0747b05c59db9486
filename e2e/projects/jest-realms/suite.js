const { BrokerError, connect } = require('ephemeral-broker');
const { broker: imported } = require('ephemeral-broker/jest');

/** What is got from the broker is of the test's own realm, in whatever environment. */
module.exports = function suite(name) {
  test('the import is the global', () => {
    expect(imported).toBe(broker);
    expect(typeof broker.lease).toBe('function');
    expect(broker.close).toBeUndefined();
  });

  test('values equal what is made here', async () => {
    const key = `value of ${name}`;
    const value = { list: [1, [2]], nothing: null, __proto__: { x: 1 } };
    Object.setPrototypeOf(value, Object.prototype);
    await broker.set(key, value, { ttl: '1m' });
    const got = await broker.get(key);
    expect(got).toEqual(value);
    expect(got).toStrictEqual(value);
    expect(got.list).toBeInstanceOf(Array);
    // biome-ignore lint/suspicious/useIsArray: it is the realm that is looked at
    expect(got.list instanceof Array).toBe(true);
    expect(got).toBeInstanceOf(Object);
    expect(got).toEqual({ list: expect.any(Array), nothing: null });
    expect(await broker.get('none')).toBeUndefined();
    expect(await broker.getEntry(key)).toStrictEqual({
      value,
      version: expect.any(Number),
      expiresAt: expect.any(Number),
    });
    expect(await broker.list({ prefix: key })).toStrictEqual([
      { key, version: expect.any(Number), expiresAt: expect.any(Number) },
    ]);
    expect((await broker.pools()).map(({ name }) => name)).toStrictEqual(['accounts', 'other']);
    expect(broker.get(key)).toBeInstanceOf(Promise);
    expect(await broker.del(key)).toBe(true);
    expect(await broker.set(key, [], { ttl: '1m' })).toEqual(expect.any(Number));
    expect(await broker.get(key)).toStrictEqual([]);
  });

  test('leases are of this realm', async () => {
    const lease = await broker.lease('accounts');
    expect(lease.value).toStrictEqual({ user: 'ann', roles: ['admin', 'buyer'], since: null });
    expect(lease.value).toBe(lease.value);
    expect(lease.signal).toBeInstanceOf(AbortSignal);
    expect(lease.held).toBe(true);
    expect(lease.expiresAt).toBeGreaterThan(Date.now());
    await lease.renew();
    await lease.release();
    expect(lease.held).toBe(false);
    expect(() => lease.value).toThrow(Error);
    expect(() => lease.value).toThrow(BrokerError);
    await expect(lease.renew()).rejects.toThrow(/released before/);
  });

  test('await using ends a lease', async () => {
    expect(typeof Symbol.asyncDispose).toBe('symbol');
    const lease = await broker.lease('accounts');
    await lease[Symbol.asyncDispose]();
    expect(lease.held).toBe(false);
  });

  test('errors are of this realm', async () => {
    const failing = broker.lease('acounts');
    await expect(failing).rejects.toThrow(Error);
    await expect(failing).rejects.toThrow(BrokerError);
    await expect(failing).rejects.toBeInstanceOf(Error);
    await expect(failing).rejects.toMatchObject({ name: 'BrokerError', code: 'unknown_pool' });
    const error = await failing.catch((caught) => caught);
    expect(error instanceof Error).toBe(true);
    expect(error.details).toStrictEqual({ pool: 'acounts', nearest: 'accounts' });
    await expect(broker.set('key', new Date(), { ttl: 1000 })).rejects.toThrow('a Date');
    await expect(broker.lease('accounts', { scope: 'run' })).rejects.toThrow(
      "scope: expected 'test', 'file' or 'worker'",
    );
  });

  test('the error names the line of the test', async () => {
    const error = await broker.lease('acounts').catch((caught) => caught);
    expect(error.stack).toContain('suite.js');
  });

  test('what a test throws or returns comes back as it is', async () => {
    const thrown = new TypeError('mine');
    const failing = broker.withLease('accounts', () => {
      throw thrown;
    });
    expect(await failing.catch((caught) => caught)).toBe(thrown);
    const made = new Map();
    expect(
      await broker.withLease('accounts', (value, lease) => {
        expect(value).toStrictEqual({ user: 'ann', roles: ['admin', 'buyer'], since: null });
        expect(lease.value).toStrictEqual(value);
        return made;
      }),
    ).toBe(made);
    expect(await broker.withLock('lock', async (lease) => lease.held)).toBe(true);
  });

  test('signals of this realm end a wait, with their reason', async () => {
    const lease = await broker.lease('accounts');
    const controller = new AbortController();
    const waiting = broker.lease('accounts', { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await waiting.catch((caught) => caught)).toBe(reason);
    await lease.release();
    const aborted = AbortSignal.abort('before');
    expect(await broker.get('key', { signal: aborted }).catch((caught) => caught)).toBe('before');
  });

  test('a Date says when a value ends', async () => {
    await broker.set(`dated of ${name}`, 1, { expiresAt: new Date(Date.now() + 60_000) });
    expect((await broker.getEntry(`dated of ${name}`)).expiresAt).toBeGreaterThan(Date.now());
  });

  test('works under fake timers', async () => {
    jest.useFakeTimers();
    const lease = await broker.lease('accounts');
    jest.advanceTimersByTime(100_000);
    expect(lease.held).toBe(true);
    await lease.release();
    await expect(broker.withLease('accounts', ({ user }) => user)).resolves.toBe('ann');
    jest.useRealTimers();
  });

  test('a client of its own works beside it', async () => {
    const client = await connect();
    expect(await client.get(`dated of ${name}`)).toBe(1);
    await client.close();
    expect(await broker.get(`dated of ${name}`)).toBe(1);
  });
};
