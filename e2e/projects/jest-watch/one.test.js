const { appendFileSync } = require('node:fs');
const { join } = require('node:path');

test('leases', async () => {
  const lease = await broker.lease('accounts', { timeout: '5s' });
  const kept = await broker.incr('runs', { ttl: 'run' });
  const line = { pipe: process.env.EPHEMERAL_PIPE, value: lease.value, kept };
  appendFileSync(join(__dirname, 'runs.jsonl'), `${JSON.stringify(line)}\n`);
});
