// The built package, authentication on.
import { connect as connectClient, startBroker } from '../../dist/index.js';

export const clientModule = new URL('../../dist/index.js', import.meta.url).href;

export async function startServer() {
  const broker = await startBroker({ pools: {} });
  return {
    address: { pipe: broker.pipe, secret: broker.secret },
    stop: () => broker.stop(),
  };
}

export async function connect(address) {
  const client = await connectClient(address);
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { ttl: '10m' }),
    async lock(name) {
      const lease = await client.lock(name);
      return () => lease.release();
    },
  };
}
