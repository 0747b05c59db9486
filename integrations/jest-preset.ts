/** `preset: 'ephemeral-broker'` */
const preset = {
  globalSetup: 'ephemeral-broker/jest/setup',
  globalTeardown: 'ephemeral-broker/jest/teardown',
  testEnvironment: 'ephemeral-broker/jest/node',
};

export default preset;
