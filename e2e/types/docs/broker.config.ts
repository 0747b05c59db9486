import { defineConfig } from 'ephemeral-broker';

export default defineConfig({ pools: { accounts: [{ user: 'anna' }] } });
