export const config = {
  runner: 'local',
  framework: 'mocha',
  logLevel: 'error',
  specs: ['./*.spec.js'],
  capabilities: [
    {
      browserName: 'chrome',
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
