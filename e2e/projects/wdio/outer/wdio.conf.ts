import { BrokerService } from 'ephemeral-broker/wdio';
import { base } from '../base.conf.js';

// In CommonJS: `require` gives the service, and Mocha imports its root hooks.
module.exports.config = {
  ...base,
  specs: ['./*.spec.ts'],
  services: [[BrokerService, { pools: { accounts: ['ann'] } }]],
};
