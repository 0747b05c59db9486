import { BrokerService } from 'ephemeral-broker/wdio';
import type {} from 'webdriverio';
import broker from './broker.config.js';

const parts = { capabilities: [{ browserName: 'chrome' }], specs: ['./*.spec.ts'] };

export const config: WebdriverIO.Config = { ...parts, services: [[BrokerService, {}]] };
export const inline: WebdriverIO.Config = { ...parts, services: [[BrokerService, broker]] };

new BrokerService({ pools: { accounts: ['ann'] } });
// @ts-expect-error: there is no such option
new BrokerService({ pols: {} });
