import { defineConfig } from 'ephemeral-broker';

export default defineConfig({ pools: { accounts: ['anna'] }, leaseTtl: '500ms' });
