/** @jest-environment node */
const { broker } = require('ephemeral-broker/jest');

test('another environment says which line is missing', () => {
  expect(() => broker.lease).toThrow("Set  testEnvironment: 'ephemeral-broker/jest/node'");
  expect(typeof globalThis.broker).toBe('undefined');
});
