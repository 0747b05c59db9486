describe('orders', () => {
  let customer;

  beforeEach(async () => {
    // Freed when the test ends.
    customer = (await broker.lease('customers')).value;
  });

  test.each(['Emma', 'Ulysses', 'Middlemarch', 'Dracula'])('a customer orders %s', async (book) => {
    const number = await broker.incr('order-number'); // unique among all workers
    await broker.set(`order:${number}`, { book, by: customer.user }, { ttl: '1m' });
    expect(await broker.get(`order:${number}`)).toStrictEqual({ book, by: customer.user });
  });
});
