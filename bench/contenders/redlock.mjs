// Default settings: 10 retries, each after 100 to 300 ms; when they are used up, from the start.
import Redis from 'ioredis';
import Redlock from 'redlock';
import { startRedis } from '../redis-server.mjs';

export const clientModule = 'redlock';
export const startServer = startRedis;

export async function connect(address) {
  const redlock = new Redlock([new Redis(address)]);
  redlock.on('clientError', () => {});
  return {
    async lock(name) {
      for (;;) {
        try {
          const lock = await redlock.lock(`redlock:${name}`, 30_000);
          return () => lock.unlock();
        } catch (error) {
          if (error.name !== 'LockError') throw error;
        }
      }
    },
  };
}
