import { accounts } from './accounts.mjs';

export default { pools: { accounts } };
