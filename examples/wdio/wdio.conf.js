import { existsSync } from 'node:fs';
import { BrokerService } from 'ephemeral-broker/wdio';
import { Shop } from './shop.js';

// Those of the system where they are there; else WebdriverIO fetches both.
const browser = process.env.CHROMIUM ?? '/usr/bin/chromium';
const driver = process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver';

const shop = new Shop();

export const config = {
  specs: ['./specs/*.spec.js'],
  maxInstances: 3,
  services: [[BrokerService, {}]],
  framework: 'mocha',
  mochaOpts: { timeout: 60_000 },
  logLevel: 'error',
  capabilities: [
    {
      browserName: 'chrome',
      // By default the driver listens to all of the network.
      'wdio:chromedriverOptions': {
        ...(existsSync(driver) && { binary: driver }),
        allowedIps: [],
        allowedOrigins: [],
      },
      'goog:chromeOptions': {
        ...(existsSync(browser) && { binary: browser }),
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      },
    },
  ],

  // In the launcher: one shop for all workers, which find it by `SHOP_URL`.
  async onPrepare() {
    process.env.SHOP_URL = await shop.open();
  },
  onComplete() {
    console.log(`The shop saw ${shop.logins} logins.`);
    shop.close();
  },
};
