import { test } from './fixtures.mjs';

test('holds', async ({ account, broker }) => {
  await broker.set('held', account, { ttl: 'run' });
  await test.expect.poll(async () => (await broker.status()).totals.waiters).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
});
