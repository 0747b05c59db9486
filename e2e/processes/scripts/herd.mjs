// As many clients as are asked for, each with a connection of its own, as so many workers would have.
import { connect } from '../../../dist/index.js';
import { serve } from './rpc.mjs';

const links = globalThis[Symbol.for('ephemeral-broker.links')];

async function live(n) {
  const connecting = connect();
  // Within a process connections are shared: this one is not.
  links.clear();
  const client = await connecting;
  await client.set(`key ${process.pid} ${n}`, n, { ttl: 'run' });
  const served = await client.get(`key ${process.pid} ${n}`);
  const slot = await client.slot('herd');
  return { client, served, slot };
}

let all = [];

serve({
  /** How each of them fared: `ok`, or the code of its error. */
  connect: async (count) => {
    const lives = await Promise.allSettled(Array.from({ length: count }, (_, n) => live(n)));
    all = lives.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    const fates = {};
    for (const [n, { status, value, reason }] of lives.entries()) {
      const fate =
        status === 'rejected'
          ? `${reason.code}: ${reason.message}`
          : value.served === n
            ? 'ok'
            : 'wrong value';
      fates[fate] = (fates[fate] ?? 0) + 1;
    }
    return fates;
  },
  slots: () => all.map(({ slot }) => slot.value),
  close: async () => {
    await Promise.all(all.map(({ client }) => client.close()));
  },
});
