import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

export default withBroker(defineConfig({ workers: 3, fullyParallel: true }));
