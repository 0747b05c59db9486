const { hold, sleep } = require('./held.js');

describe('a wait in a test', () => {
  let release;
  beforeAll(async () => {
    release = await hold('cap');
  });

  test('FAILS with the explanation', async () => {
    await broker.lease('cap', { timeout: '1m' });
  }, 1_500);

  test('ends by its own timeout where that is shorter', async () => {
    const waiting = broker.lease('cap', { timeout: 50 });
    await expect(waiting).rejects.toMatchObject({ code: 'wait_timeout' });
    await expect(waiting).rejects.not.toThrow("The test's own timeout");
  });

  describe('in a hook', () => {
    beforeEach(async () => {
      await broker.lease('cap', { timeout: '1m' });
    }, 1_000);

    test('FAILS with the explanation, too', () => {});
  });

  describe('after a long hook', () => {
    beforeEach(() => sleep(1_600));

    test('counts the time of the body only', async () => {
      setTimeout(release, 300);
      await broker.lease('cap');
    }, 1_500);
  });

  test('FAILS with what it waited for', async () => {
    const lease = await hold('cap');
    setTimeout(lease, 700);
    await broker.lease('cap');
    await sleep(2_000);
  }, 1_500);
});

test('FAILS by the loss of its lease', async () => {
  await broker.lease('short');
  const until = Date.now() + 500;
  while (Date.now() < until);
});
