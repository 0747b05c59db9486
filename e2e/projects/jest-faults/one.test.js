test('leases', () => broker.lease('accounts'));

test('needs none', () => {
  expect(broker).toBeDefined();
});
