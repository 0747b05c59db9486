jest.retryTimes(2);

const had = [];
test('has another one in each try', async () => {
  const not = 'previous';
  const { value: one } = await broker.lease('again', { not });
  const { value: all } = await broker.leaseAll({ it: { pool: 'again', not } });
  had.push(one, all.it);
  expect(had).toHaveLength(4);
});

test('which are four', () => expect(had.sort()).toEqual(['a', 'b', 'c', 'd']));
