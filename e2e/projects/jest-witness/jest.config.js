module.exports = { preset: 'ephemeral-broker', maxWorkers: 8, testTimeout: 30_000 };
