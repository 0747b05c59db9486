import { setTimeout as sleep } from 'node:timers/promises';
import { leased } from 'ephemeral-broker/vitest';
import { test as base, vi } from 'vitest';

vi.useFakeTimers();

const test = base.extend(leased({ account: 'accounts' }));

// Longer than the lease lives without renewals.
test('keeps its lease under fake timers', async ({ account: _ }) => {
  await sleep(1_500);
});
