const { isFree, sleep } = require('./held.js');

const done = [];
let goOn;
const told = new Promise((resolve) => {
  goOn = resolve;
});

test('FAILS while its body goes on', async () => {
  const lease = await broker.lease('body');
  const own = await broker.lease('own');
  broker.withLease('run', () => told).then(() => done.push('run'));
  await told;
  await own.release();
  await broker.lease('many').catch((error) => done.push(error.message.slice(0, 8)));
  await sleep(300);
  done.push(lease.value);
}, 300);

test('keeps all leases of a body that may still run', async () => {
  for (const pool of ['body', 'own', 'run']) expect(await isFree(pool)).toBe(false);
  await expect(broker.lease('body', { timeout: 0 })).rejects.toThrow(
    "kept for the test 'FAILS while its body goes on', which timed out in this worker",
  );
});

test('frees them once it has settled, and leases nothing more to it', async () => {
  goOn();
  const lease = await broker.lease('body');
  expect(done.sort()).toEqual(['The test', 'body', 'run']);
  await lease.release();
  for (const pool of ['body', 'own', 'run', 'many']) expect(await isFree(pool)).toBe(true);
});

describe('a hook that goes on', () => {
  beforeEach(async () => {
    await broker.lease('late');
    await sleep(600);
  }, 200);

  test('FAILS by its hook', () => {});
});

test('keeps its lease, too', async () => {
  expect(await isFree('late')).toBe(false);
  await broker.lease('late');
});

test('FAILS with done, never called', (done) => {
  broker.lease('hook').catch(done);
}, 300);

test('keeps its lease for good', async () => {
  expect(await isFree('hook')).toBe(false);
});
