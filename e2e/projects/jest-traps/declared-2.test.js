/** @lease ours: declared */
test('the file has it', async () => {
  expect(broker.leased).toEqual({ ours: 'declared' });
  await new Promise((resolve) => setTimeout(resolve, 300));
}, 1_000);
