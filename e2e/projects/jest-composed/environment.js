const { TestEnvironment } = require('jest-environment-node');
const { log } = require('./log.js');

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.options = config.projectConfig.testEnvironmentOptions;
    this.global.theirs = 'theirs';
  }

  handleTestEvent = ({ name }) => {
    if (name === 'test_done') log('test_done');
  };
};
