import { createClient } from 'redis';
import { startRedis } from '../redis-server.mjs';

export const clientModule = 'redis';
export const startServer = startRedis;

export async function connect(address) {
  const redis = await createClient({ socket: { path: address } }).connect();
  return {
    get: (key) => redis.get(key).then(JSON.parse),
    set: (key, value) => redis.set(key, JSON.stringify(value)),
    async lock(name) {
      await redis.blPop(name, 0);
      return () => redis.lPush(name, '1');
    },
  };
}
