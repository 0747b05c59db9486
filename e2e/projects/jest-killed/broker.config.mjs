import { writeFileSync } from 'node:fs';

export default {
  pools: { accounts: ['ann'] },
  values: {
    tenant: { provide: () => 't1', dispose: (tenant) => writeFileSync('disposed', tenant) },
  },
};
