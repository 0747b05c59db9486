const { sleep } = require('./held.js');

const held = new Set();

/** Longer and shorter ones, so that some end while others hold. */
test.concurrent.each([1, 2, 3, 4, 5, 6])('at once (%i)', async (n) => {
  const lease = await broker.lease('pair');
  expect(held.has(lease.value)).toBe(false);
  held.add(lease.value);
  await sleep(n % 2 ? 30 : 150);
  expect(lease.held).toBe(true);
  held.delete(lease.value);
});

test('one after all others has both', async () => {
  await Promise.all([broker.lease('pair', { timeout: 0 }), broker.lease('pair', { timeout: 0 })]);
});
