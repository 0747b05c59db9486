test('FAILS by a call that nobody awaits', () => {
  broker.lease('solo');
});
