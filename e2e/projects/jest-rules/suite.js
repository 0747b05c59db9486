const { alone, cross, meet, share, waitInVain, wash, wear } = require('./bodies.cjs');

/** Of files that declare both. */
exports.both = (n) => {
  for (let i = 1; i <= 3; i++) {
    test(`declared at once ${n}.${i}`, async () => {
      expect(broker.leased).toEqual({ l: 'left', r: 'right' });
      await alone('both');
    });
  }
};

/** The tests of one of two workers. */
exports.suite = (n) => {
  test(`by filter and count ${n}`, async () => {
    const admin = await broker.lease('accounts', { where: { role: 'admin' } });
    const buyers = await broker.lease('accounts', { not: { role: 'admin' }, count: 2 });
    expect(admin.value.user).toBe('ann');
    expect(buyers.value.map(({ user }) => user).sort()).toEqual(['bob', 'cid']);
  });

  const both = n === 1 ? { l: 'left', r: 'right' } : { r: 'right', l: 'left' };
  for (let i = 1; i <= 5; i++) {
    test(`all at once ${n}.${i}`, async () => {
      const { value } = await broker.leaseAll(both);
      expect(value).toEqual({ l: 'left', r: 'right' });
      await alone('both');
    });
  }

  test(`a lock is shared ${n}`, async () => {
    await broker.lock('schema', { mode: 'shared' });
    await meet(broker, 'shared');
  });
  test(`a lock is had alone ${n}`, () => broker.withLock('schema', () => alone('schema')));
  test(`a semaphore of one ${n}`, () => broker.withSemaphore('mail', 1, () => alone('mail')));
  test(`what is made once is had by all ${n}`, async () => {
    expect(await share(broker)).toEqual(['t1', true, 'team/nobody']);
  });

  if (n === 1) {
    test('crosses', () => cross(broker, 1));
    test('keeps', async () => {
      await broker.lease('kept', { scope: 'worker' });
      await meet(broker, 'kept');
    });
    test('keeps on', () => meet(broker, 'told'));
  } else {
    test('FAILS by a deadlock', () => cross(broker, 2));
    test('waits behind a worker', async () => {
      expect(await waitInVain(broker)).toBe('wait_timeout');
    });
    test('gives back', () => wash(broker));
    test('wears out', async () => {
      expect(await wear(broker)).toEqual(['new', 'unsatisfiable']);
    });
  }
};
