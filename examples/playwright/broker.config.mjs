import { accounts } from '../shop/accounts.mjs';

export default { pools: { accounts: accounts.slice(0, 2) }, defaultTtl: '10m' };
