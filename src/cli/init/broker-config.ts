/**
 * The config for a project that has none. In JavaScript, also where the project is in TypeScript:
 * every runner, the command line and every version of Node can read that.
 */
export const BROKER_CONFIG = {
  file: 'broker.config.mjs',
  after: `import { defineConfig } from 'ephemeral-broker';

export default defineConfig({
  // What there are few of. A test that leases one of a pool has it to itself.
  pools: {
    // accounts: [{ user: 'anna' }, { user: 'ben' }],
  },
});
`,
};
