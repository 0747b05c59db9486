import { setTimeout as sleep } from 'node:timers/promises';
import { leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(leased({ account: 'accounts' }));

test('keeps its lease behind a file with fake timers', async ({ account: _ }) => {
  await sleep(1_500);
});
