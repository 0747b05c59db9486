import { accounts } from './accounts.mjs';

export default { pools: { accounts }, defaultTtl: '10m' };
