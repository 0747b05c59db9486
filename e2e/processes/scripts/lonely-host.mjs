// A broker in a process that nobody talks to: it says where it is, and does what the environment says.
import { createRequire } from 'node:module';
import { startBroker } from '../../../dist/index.js';

const broker = await startBroker();
const { THEN, LISTEN, TWICE } = process.env;
// As where one part of a runner imports this package, and another requires it.
if (TWICE) await createRequire(import.meta.url)('../../../dist/index.cjs').startBroker();
if (LISTEN) process.on(LISTEN, () => console.log(`the host heard ${LISTEN}`));
console.log(JSON.stringify({ pid: process.pid, pipe: broker.pipe, secret: broker.secret }));

// Something of its own that keeps it alive, for whoever wants to end it.
const own = setInterval(() => {}, 1_000);
if (THEN === 'exit') process.exit(3);
if (THEN === 'return') clearInterval(own);
if (THEN === 'throw') throw new Error('the host crashes');
if (THEN === 'reject') Promise.reject(new Error('the host crashes'));
