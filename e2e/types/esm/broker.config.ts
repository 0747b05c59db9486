import { defineConfig, pool, ports, slots } from 'ephemeral-broker';

const config = defineConfig({
  pools: {
    accounts: [
      { user: 'anna', role: 'admin' },
      { user: 'ben', role: 'buyer' },
    ],
    tenants: pool([{ tenant: 1 }], { ttl: '10s' }),
    ports: ports({ from: 4100, to: 4199 }),
    schemas: slots(8, (n) => ({ schema: `test_${n}` })),
  },
});
export default config;

declare module 'ephemeral-broker' {
  interface Register {
    config: typeof config;
  }
}

// @ts-expect-error: a Date does not survive JSON
defineConfig({ pools: { bad: [new Date()] } });
// @ts-expect-error: there is no such option
defineConfig({ pool: {} });
