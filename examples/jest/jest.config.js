module.exports = {
  preset: 'ephemeral-broker',
  maxWorkers: 4,
};
