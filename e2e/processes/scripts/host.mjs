// A broker in a process of its own.
import { readFile } from 'node:fs';
import { startBroker } from '../../../dist/index.js';
import { serve } from './rpc.mjs';

const broker = await startBroker(JSON.parse(process.env.BROKER_CONFIG));

function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** The most memory that it had at any look. */
let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20).unref();

serve({
  address: () => ({ pipe: broker.pipe, secret: broker.secret }),
  stop: () => broker.stop(),
  block,
  /** Blocks again and again, in every phase in which an event loop can be blocked. */
  blockInPhases: async (ms, times) => {
    for (let i = 0; i < times; i++) {
      await new Promise((resolve) => setTimeout(() => resolve(block(ms)), 60));
      await new Promise((resolve) => setImmediate(() => resolve(block(ms))));
      await new Promise((resolve) => readFile('/dev/null', () => resolve(block(ms))));
    }
  },
  rss: () => {
    peak = process.memoryUsage.rss();
    return peak;
  },
  peak: () => peak,
  listenTo: (signal) => {
    process.on(signal, () => console.log(`host heard ${signal}`));
  },
  exit: (code) => void setImmediate(() => process.exit(code)),
  crash: () =>
    void setImmediate(() => {
      throw new Error('the host crashes');
    }),
});
