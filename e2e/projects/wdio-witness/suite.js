import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const TESTS_OF_EACH_KIND = 3;

/** Fails if anybody else is in here with the same account: of two, the file system lets one create the file. */
async function alone(account) {
  await mkdir('held', { recursive: true });
  const file = join('held', account);
  const handle = await open(file, 'wx');
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 100));
  await handle.close();
  await unlink(file);
}

/** Tests that lease in each of the ways that there are. */
export function suite() {
  for (let n = 1; n <= TESTS_OF_EACH_KIND; n++) {
    it(`in the body ${n}`, async () => alone((await broker.lease('accounts')).value));

    it(`for a while ${n}`, () => broker.withLease('accounts', alone));

    describe(`by a hook ${n}`, () => {
      let account;
      beforeEach(async () => {
        account = (await broker.lease('accounts')).value;
      });
      it('is for its test', () => alone(account));
    });
  }
}
