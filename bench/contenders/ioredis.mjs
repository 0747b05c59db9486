import Redis from 'ioredis';
import { startRedis } from '../redis-server.mjs';

export const clientModule = 'ioredis';
export const startServer = startRedis;

export async function connect(address) {
  const redis = new Redis(address);
  return {
    get: (key) => redis.get(key).then(JSON.parse),
    set: (key, value) => redis.set(key, JSON.stringify(value)),
    async lock(name) {
      await redis.blpop(name, 0);
      return () => redis.lpush(name, '1');
    },
  };
}
