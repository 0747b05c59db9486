import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

const ofSystem = process.env.CHROMIUM ?? '/usr/bin/chromium';
const quiet =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export default withBroker(
  defineConfig({
    testDir: 'tests',
    outputDir: 'test-results',
    globalSetup: './start-shop.mjs',
    workers: 3,
    fullyParallel: true,
    use: {
      baseURL: process.env.SHOP_URL,
      launchOptions: {
        ...(existsSync(ofSystem) && { executablePath: ofSystem }),
        args: quiet.split(' '),
      },
    },
  }),
);
