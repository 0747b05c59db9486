import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

export default withBroker(
  defineConfig({
    workers: 2,
    reporter: [[process.env.FIRST ?? 'html'], ['ephemeral-broker/playwright/reporter']],
  }),
  { pools: { accounts: ['ann'] } },
);
