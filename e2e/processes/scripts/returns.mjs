// A script that connects, leases, and comes to its end.
import { connect } from '../../../dist/index.js';

const client = await connect();
const lease = await client.lease('one', { ttl: 300, timeout: '30s' });
console.log(`has ${lease.value}`);
if (process.env.LINGER)
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.LINGER)));
console.log('returns');
