/** @jest-environment ephemeral-broker/jest/jsdom */
test('shows whose basket it is', async () => {
  const { value } = await broker.lease('customers');
  document.body.innerHTML = `<h1>${value.user}’s basket</h1>`;
  expect(document.querySelector('h1').textContent).toBe(`${value.user}’s basket`);
});
