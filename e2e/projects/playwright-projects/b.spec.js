import { expect, test } from './suite.js';

test('has the same broker', async ({ account, broker }) => {
  expect(account).toBe('ann');
  expect(await broker.get('pipe')).toBe(process.env.EPHEMERAL_PIPE);
});
