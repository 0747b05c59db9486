/**
 * @lease account: accounts
 * @lease other
 */
test('what the file declares is there', () => {
  expect(broker.leased).toStrictEqual({
    account: { user: 'ann', roles: ['admin', 'buyer'], since: null },
    other: expect.stringMatching(/one|two/),
  });
});
