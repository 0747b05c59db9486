const { slots } = require('ephemeral-broker');
const { withBroker } = require('ephemeral-broker/jest');

const brokerConfig = { pools: { made: slots(3, (n) => `slot ${n}`) } };
const hooks = { globalSetup: './set-up.js', globalTeardown: '<rootDir>/tear-down.mjs' };
const own = {
  ...hooks,
  testEnvironment: './environment.js',
  testEnvironmentOptions: { mine: 1 },
  testMatch: ['**/*.test.js'],
};

module.exports = {
  object: () => withBroker(own, brokerConfig),
  function: () => withBroker(() => own, brokerConfig),
  promise: () => withBroker(Promise.resolve(own), brokerConfig),
  wrapped: () => ({
    ...withBroker(own, brokerConfig),
    testEnvironment: './wrapped.js',
    testEnvironmentOptions: { mine: 1 },
  }),
  preset: () =>
    withBroker({ preset: './preset/jest-preset.js', testMatch: own.testMatch }, brokerConfig),
  typescript: () =>
    withBroker(
      {
        ...hooks,
        preset: 'ts-jest',
        globalSetup: './set-up.ts',
        transform: {
          '\\.ts$': [
            'ts-jest',
            { diagnostics: false, tsconfig: { module: 'commonjs', esModuleInterop: true } },
          ],
        },
        testMatch: ['**/*.test.{js,ts}'],
      },
      brokerConfig,
    ),
}[process.env.CASE]();
