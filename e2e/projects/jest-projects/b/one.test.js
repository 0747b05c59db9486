const { appendFileSync } = require('node:fs');
const { join } = require('node:path');

test('leases', async () => {
  const lease = await broker.lease('accounts');
  expect(lease.value).toBe('ann');
  appendFileSync(join(__dirname, '../pipes.txt'), `${process.env.EPHEMERAL_PIPE}\n`);
});
