const { withBrokerEnvironment } = require('ephemeral-broker/jest');
const Environment = require('./environment.js');

module.exports = withBrokerEnvironment(Environment);
