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
      'wdio:chromedriverOptions': { binary: process.env.CHROMEDRIVER },
      'goog:chromeOptions': {
        binary: process.env.CHROMIUM,
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      },
    },
  ],
};
