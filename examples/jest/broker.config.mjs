import { defineConfig, ports } from 'ephemeral-broker';

export default defineConfig({
  pools: {
    // Fewer than workers: some tests wait.
    customers: [
      { user: 'anna', password: 'anna-1' },
      { user: 'ben', password: 'ben-1' },
      { user: 'cleo', password: 'cleo-1' },
    ],
    admins: [{ user: 'root', password: 'root-1' }],
    ports: ports({ from: 4100, to: 4199 }),
  },
});
