import { defineConfig, pool, ports, slots } from 'ephemeral-broker';

const config = defineConfig({
  pools: {
    accounts: [
      { user: 'anna', role: 'admin' },
      { user: 'ben', role: 'buyer' },
    ],
    tenants: pool([{ tenant: 1 }], {
      ttl: '10s',
      check: ({ tenant }, { signal }) => tenant > 0 && !signal.aborted,
      reset: async ({ tenant }, { reason, dirty }) => void [tenant, reason === 'expired', dirty],
      cooldown: '1s',
      tries: 3,
      prefer: 'oldest',
    }),
    ports: ports({ from: 4100, to: 4199, hosts: ['127.0.0.1'], reset: (port) => void (port + 1) }),
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
// @ts-expect-error: there is no such preference
pool([1], { prefer: 'newest' });
// @ts-expect-error: the values have no such field
pool([{ tenant: 1 }], { check: ({ user }) => user });
// @ts-expect-error: nothing comes back from being retired
pool([1], { reset: (_value, { reason }) => reason === 'retired' });
