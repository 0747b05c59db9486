import { BrokerService } from 'ephemeral-broker/wdio';
import { base } from './base.conf.js';

export const config = {
  ...base,
  specs: ['./killed/*.spec.js'],
  services: [[BrokerService, {}]],
};
