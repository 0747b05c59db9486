module.exports = { preset: 'ephemeral-broker', testMatch: ['**/*.test.{js,mjs}'] };
