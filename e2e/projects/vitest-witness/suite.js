import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import * as vitest from 'vitest';

const { test: base, describe } = vitest;

const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));
const TESTS_OF_EACH_KIND = 2;

/** Fails if anybody else is in here with the same account: of two, the file system lets one create the file. */
async function alone(account) {
  await mkdir('held', { recursive: true });
  const file = join('held', account);
  const handle = await open(file, 'wx');
  await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 25));
  await handle.close();
  await unlink(file);
}

/** Ten tests, which lease in each of the ways that there are. */
export function suite() {
  for (let n = 1; n <= TESTS_OF_EACH_KIND; n++) {
    test(`by fixture ${n}`, ({ account }) => alone(account));

    // Vitest before 4.1 hands nothing on of what an extended test declares.
    const declares = 'aroundEach' in vitest;
    test.skipIf(!declares)(
      `declared ${n}`,
      { meta: { lease: { ours: 'accounts' } } },
      ({ broker }) => alone(broker.leased.ours),
    );

    test(`in the body ${n}`, async ({ broker }) => {
      const lease = await broker.lease('accounts');
      await alone(lease.value);
    });

    test(`for a while ${n}`, ({ broker }) => broker.withLease('accounts', alone));
  }

  describe.concurrent('at once', () => {
    test('by fixture', ({ account }) => alone(account));
    test('in the body', ({ broker }) => broker.withLease('accounts', alone));
  });
}
