const { withBroker } = require('ephemeral-broker/jest');

module.exports = {
  environment: () => ({ testEnvironment: 'ephemeral-broker/jest/node' }),
  versions: () => ({
    globalSetup: process.env.SETUP,
    testEnvironment: 'ephemeral-broker/jest/node',
  }),
  config: () => withBroker({}, { pools: { accounts: 1 } }),
  file: () => ({ preset: 'ephemeral-broker' }),
  differ: () => {
    withBroker({}, { pools: { accounts: ['ann'] } });
    return withBroker({}, { pools: { accounts: ['ann', 'bob'] } });
  },
  hook: () => withBroker({ globalSetup: './set-up.js' }, { pools: { accounts: ['ann'] } }),
  missing: () => withBroker({ globalSetup: './no-such-file.js' }),
}[process.env.CASE]();
