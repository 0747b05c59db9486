import { defineConfig, ports } from 'ephemeral-broker';

const config = defineConfig({
  pools: {
    accounts: [{ user: 'ann', role: 'admin' }, { user: 'bob' }],
    ports: ports({ from: 4000, to: 4009 }),
  },
});
export default config;

declare module 'ephemeral-broker' {
  interface Register {
    config: typeof config;
  }
}
