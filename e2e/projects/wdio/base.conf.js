/** What the configs have in common. */
export const base = {
  runner: 'local',
  framework: 'mocha',
  logLevel: 'error',
  maxInstances: 2,
  mochaOpts: { timeout: 20_000 },
  capabilities: [
    {
      browserName: 'chrome',
      // By default WebdriverIO lets the driver listen to all of the network.
      'wdio:chromedriverOptions': {
        binary: process.env.CHROMEDRIVER,
        allowedIps: [],
        allowedOrigins: [],
      },
      'goog:chromeOptions': {
        binary: process.env.CHROMIUM,
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      },
    },
  ],
};
