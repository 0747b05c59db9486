jest.retryTimes(2);

let attempts = 0;
const ids = new Set();

test('leases anew for every attempt', async () => {
  ids.add((await broker.lease('retry', { timeout: 0 })).id);
  expect(++attempts).toBe(3);
  expect(ids.size).toBe(3);
});
