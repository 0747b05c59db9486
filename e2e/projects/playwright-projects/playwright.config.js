import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';

const project = (name, ...dependencies) => ({ name, dependencies, testMatch: `${name}.spec.js` });

export default withBroker(
  defineConfig({
    workers: 3,
    projects: [
      { ...project('prepare'), teardown: 'tidy' },
      project('a', 'prepare'),
      project('b', 'prepare'),
      project('tidy'),
    ],
  }),
);
