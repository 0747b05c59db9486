import { appendFileSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { brokerFixtures } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures);

/** A test that leases all accounts that this run has, and notes them. */
export const leaseAll = () =>
  test('leases', async ({ broker }) => {
    const [{ size }] = await broker.pools();
    await broker.withLock('all', async () => {
      for (let taken = 0; taken < size; taken++) {
        const { value } = await broker.lease('accounts');
        appendFileSync('leased.txt', `${value}\n`);
      }
    });
  });
