const { withBroker } = require('ephemeral-broker/jest');

module.exports = withBroker(
  {
    projects: [
      { displayName: 'a', rootDir: '<rootDir>/a', testEnvironment: 'jsdom' },
      { displayName: 'c', rootDir: '<rootDir>/c' },
      '<rootDir>/b',
    ],
  },
  { pools: { accounts: ['ann'] } },
);
