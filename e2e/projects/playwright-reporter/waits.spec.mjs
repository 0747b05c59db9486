import { test } from './fixtures.mjs';

test('waits', async ({ broker, lease }) => {
  await test.expect.poll(() => broker.get('held')).toBe('ann');
  await lease('accounts');
});
