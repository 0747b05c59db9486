/** @lease ours: declare */
test('is not run', () => {});
