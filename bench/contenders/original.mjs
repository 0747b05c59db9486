// The first JavaScript implementation, by its defaults (no authentication, a connection per request).
// Its lease is an integer that nobody waits for: whoever gets 0 holds the lock, the others try again.
import { Broker, Client } from '@ephemeral-broker/core';

export const clientModule = '@ephemeral-broker/core';

export async function startServer() {
  const broker = new Broker({ logLevel: 'error' });
  return { address: await broker.start(), stop: () => broker.stop() };
}

export async function connect(address) {
  const client = new Client(address);
  const worker = String(process.pid);
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, 600_000),
    async lock(name) {
      while ((await client.lease(name, worker, 60_000)) !== 0) await client.release(worker);
      return () => client.release(worker);
    },
  };
}
