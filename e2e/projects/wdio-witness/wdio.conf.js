import { BrokerService } from 'ephemeral-broker/wdio';

export const config = {
  specs: ['./file-*.spec.js'],
  maxInstances: 4,
  services: [[BrokerService, {}]],
  framework: 'mocha',
  mochaOpts: { timeout: 60_000 },
  logLevel: 'error',
  capabilities: [
    {
      browserName: 'chrome',
      'wdio:chromedriverOptions': {
        binary: process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver',
        allowedIps: [],
        allowedOrigins: [],
      },
      'goog:chromeOptions': {
        binary: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      },
    },
  ],
};
