/** @jest-environment ephemeral-broker/jest/jsdom */
require('./suite.js')('jsdom');

test('has a document', () => {
  expect(document.body).toBeInstanceOf(HTMLElement);
});
