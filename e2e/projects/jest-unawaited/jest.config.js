module.exports = { preset: 'ephemeral-broker' };
