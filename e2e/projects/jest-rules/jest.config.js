module.exports = { preset: 'ephemeral-broker', maxWorkers: 2, testTimeout: 30_000 };
