module.exports = {
  globalSetup: './set-up.js',
  globalTeardown: './tear-down.mjs',
  testEnvironment: './environment.js',
  testEnvironmentOptions: { mine: 1 },
};
