afterAll(() => {
  broker.lease('solo');
});

test('has an account', async () => {
  await broker.lease('accounts');
});
