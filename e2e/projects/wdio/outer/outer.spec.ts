it('leases', async () => {
  await broker.lease('accounts');
});

it('leases again', async () => {
  await broker.lease('accounts', { timeout: 0 });
  await broker.incr('tests', { ttl: '1m' });
});
