// A client that passes a rate limit again and again, and meets others at a barrier.
import { connect } from '../../../dist/index.js';
import { serve } from './rpc.mjs';

const client = await connect({ identity: { runner: 'e2e', worker: process.env.WORKER } });

const now = () => Number(process.hrtime.bigint()) / 1e6;

serve({
  /** When each pass was asked for, answered for, and made, in milliseconds of the clock that all share. */
  pass: async (name, options, times) => {
    const passes = [];
    for (let i = 0; i < times; i++) {
      const asked = now();
      const { waitedMs } = await client.limit(name, options);
      passes.push({ asked, waitedMs, passed: now() });
    }
    return passes;
  },
  arrive: (name, options) => client.barrier(name, options),
  /** Holds a lock while it waits at a barrier, and gives what it is told meanwhile. */
  arriveWithLock: (lock, name, options) =>
    client.withLock(
      lock,
      () =>
        new Promise((onNotice) => {
          client.barrier(name, { ...options, onNotice }).catch(() => {});
        }),
      { purpose: options.purpose },
    ),
  lock: (name, options) => client.withLock(name, () => {}, options),
  /** Answers when the broker has surely read that it arrives. */
  begin: async (name, options) => {
    client.barrier(name, options).catch(() => {});
    await client.get('nothing');
  },
});
