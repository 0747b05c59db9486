test('leases', async () => {
  const { value } = await broker.lease('accounts');
  expect(value).toMatchObject({ user: 'anna' });
});
