import { defineConfig, ports } from 'ephemeral-broker';

export default defineConfig({
  pools: {
    accounts: [{ user: 'ann', role: 'admin' }, { user: 'bob' }],
    ports: ports({ from: 4000, to: 4009 }),
  },
});
