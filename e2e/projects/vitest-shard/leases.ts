import { appendFileSync } from 'node:fs';
import { brokerFixtures } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(brokerFixtures);

/** A test that leases all accounts that this run has, and notes them. */
export const leaseAll = () =>
  test('leases', async ({ broker }) => {
    await broker.withLease('own', async () => {});
    const { size } = (await broker.pools()).find(({ name }) => name === 'accounts')!;
    await broker.withLock('all', async () => {
      for (let taken = 0; taken < size; taken++) {
        const { value } = await broker.lease('accounts');
        appendFileSync('leased.txt', `${value}\n`);
      }
    });
  });
