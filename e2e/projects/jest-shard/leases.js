const { appendFileSync } = require('node:fs');

/** A test that leases all accounts that this run has, and notes them. */
exports.leaseAll = () =>
  test('leases', async () => {
    const [{ size }] = await broker.pools();
    await broker.withLock('all', async () => {
      for (let taken = 0; taken < size; taken++) {
        const { value } = await broker.lease('accounts');
        appendFileSync('leased.txt', `${value}\n`);
      }
    });
  });
