module.exports = { preset: 'ephemeral-broker', maxWorkers: 3, testTimeout: 2 ** 31 - 1 };
