/**
 * Declared: the wait for a customer comes before the file's tests, and outside of their timeouts.
 *
 * @lease customer: customers
 */
test.each(['visa', 'giro'])('pays by %s', () => {
  expect(broker.leased.customer.user).toMatch(/^(anna|ben|cleo)$/);
});
