test('a lease of the worker is that of the files before', async () => {
  const lease = await broker.lease('kept', { scope: 'worker', timeout: 0 });
  expect(lease.value).toBe('kept');
  const known = await broker.get('kept');
  if (known) expect(lease.id).toBe(known);
  await broker.set('kept', lease.id, { ttl: 'run' });
});
