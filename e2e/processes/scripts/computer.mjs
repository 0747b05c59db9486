// Asks for values that are made once, and makes them where it is its turn, witnessed.
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../../dist/index.js';
import { serve } from './rpc.mjs';
import { giveBack, note, take } from './witness.mjs';

const client = await connect();
/** Resolved when this process begins to make the value of a key. */
const begun = new Map();

function beginning(key) {
  if (!begun.has(key)) {
    let resolve;
    const promise = new Promise((settle) => {
      resolve = settle;
    });
    begun.set(key, { promise, resolve });
  }
  return begun.get(key);
}

serve({
  /** The results of so many callers; the one that makes it takes `ms` for it. */
  once: (key, callers, ms) =>
    Promise.all(
      Array.from({ length: callers }, () =>
        client.once(key, async () => {
          take(key);
          note({ type: 'compute', key, pid: process.pid });
          beginning(key).resolve();
          await pause(ms);
          giveBack(key);
          return process.pid;
        }),
      ),
    ),
  begun: (key) => beginning(key).promise,
});
