import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

export default withBroker(defineConfig({ workers: 2, timeout: 30_000 }));
