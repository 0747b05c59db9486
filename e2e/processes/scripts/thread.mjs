// A thread that leases, says so, and never comes back.
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../../../dist/index.js';

const client = await connect(workerData);
await client.lease('one');
parentPort.postMessage('has it');
for (;;);
