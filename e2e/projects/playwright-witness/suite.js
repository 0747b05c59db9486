import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));
const TESTS_OF_EACH_KIND = 2;

/** Fails if anybody else is in here with the same account: of two, the file system lets one create the file. */
async function alone(account) {
  await mkdir('held', { recursive: true });
  const file = join('held', account);
  const handle = await open(file, 'wx');
  await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 60));
  await handle.close();
  await unlink(file);
}

/** Ten tests, which lease in each of the ways that there are. */
export function suite() {
  for (let n = 1; n <= TESTS_OF_EACH_KIND; n++) {
    test(`by fixture ${n}`, ({ account }) => alone(account));

    test(`in the body ${n}`, async ({ lease }) => alone((await lease('accounts')).value));

    test(`for a while ${n}`, ({ broker }) => broker.withLease('accounts', alone));

    const annotation = { type: 'lease', description: 'ours: accounts' };
    test(`by annotation ${n}`, { annotation }, ({ broker }) => alone(broker.leased.ours));

    test.describe(() => {
      test.use({ leases: { ours: 'accounts' } });
      test(`by option ${n}`, ({ broker }) => alone(broker.leased.ours));
    });
  }
}
