const { mkdir, open, unlink } = require('node:fs/promises');
const { join } = require('node:path');

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
exports.suite = function suite() {
  for (let n = 1; n <= TESTS_OF_EACH_KIND; n++) {
    describe('in a hook', () => {
      let lease;
      beforeEach(async () => {
        lease = await broker.lease('accounts');
      });

      test(`${n}`, () => alone(lease.value));
    });

    test(`in the body ${n}`, async () => {
      const lease = await broker.lease('accounts');
      await alone(lease.value);
    });

    test(`for a while ${n}`, () => broker.withLease('accounts', alone));

    test(`with done ${n}`, (done) => {
      broker
        .lease('accounts')
        .then(({ value }) => alone(value))
        .then(done, done);
    });
  }

  test.concurrent('at once, in the body', async () => {
    const lease = await broker.lease('accounts');
    await alone(lease.value);
  });
  test.concurrent('at once, for a while', () => broker.withLease('accounts', alone));
};
