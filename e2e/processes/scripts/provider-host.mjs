// A broker that has provided a value, in a process that is about to be ended.
import { setTimeout as pause } from 'node:timers/promises';
import { connect, startBroker } from '../../../dist/index.js';

const broker = await startBroker({
  values: {
    tenant: {
      provide: () => 't1',
      async dispose(value) {
        console.log(`disposing of ${value}`);
        await pause(process.env.HANG ? 60_000 : 200);
        console.log(`disposed of ${value}`);
      },
    },
  },
});
const { pipe, secret } = broker;
const client = await connect({ pipe, secret });
console.log(`provided ${await client.value('tenant')}`);
await client.close();
setInterval(() => {}, 1_000);
if (process.env.EXIT) process.exit(3);
