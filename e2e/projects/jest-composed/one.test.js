test('has theirs and ours', async () => {
  const lease = await broker.lease('made');
  expect(lease.value).toMatch(/^slot \d$/);
  expect(await broker.get('made by the set-up')).toBe('there');
  if (process.env.CASE === 'typescript') return;
  expect(theirs).toBe('theirs');
  expect(options).toEqual({ mine: 1 });
  expect(Object.keys(globalThis)).not.toContain('ephemeral-broker');
});
