test('FAILS by a use that nobody awaits', () => {
  broker.withLease('solo', () => new Promise(() => {}));
});

test('has what it leased', async () => {
  await broker.lease('solo', { timeout: 1_000 });
});

test('waits 20 times at once', async () => {
  const all = Array.from({ length: 20 }, () => broker.withLease('solo', () => 1, { timeout: 0 }));
  await Promise.allSettled(all);
  const lease = await broker.lease('accounts');
  const others = Array.from({ length: 20 }, () => broker.withLease('accounts', () => 1));
  await lease.release();
  await Promise.all(others);
});
