import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

export default withBroker(
  defineConfig({
    workers: 2,
    webServer: {
      command: 'npx ephemeral-broker lease ports -- node server.mjs',
      wait: { stdout: /The shop is at (?<shop_url>http:\S+)/ },
    },
    use: { baseURL: process.env.SHOP_URL },
  }),
);
