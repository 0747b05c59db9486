import { test } from './suite.js';

test('leaves a value for the projects that depend on it', async ({ broker }) => {
  await broker.set('pipe', process.env.EPHEMERAL_PIPE, { ttl: 'run' });
});
