// A process of the bench: serves a contender, or drives a measurement against one.
import assert from 'node:assert/strict';
import { value } from './value.mjs';

const send = (message) => process.send(message);
const fail = (error) =>
  send({ error: { code: error?.code, message: String(error?.message ?? error) } });
process.on('uncaughtException', fail);
process.once('disconnect', () => process.exit());

process.once('message', async (spec) => {
  try {
    await (spec.role === 'serve' ? serve(spec) : drive(spec));
  } catch (error) {
    fail(error);
  }
});

async function serve({ contender, dir }) {
  const { startServer } = await import(`./contenders/${contender}.mjs`);
  const { address, stop } = await startServer(dir);
  process.once('message', async () => {
    await stop();
    process.exit();
  });
  send({ ready: address });
}

async function drive(spec) {
  const { connect } = await import(`./contenders/${spec.contender}.mjs`);
  const measurement = await import(`./measure/${spec.measurement}.mjs`);
  const client = await connect(spec.address);
  if (measurement.needs && !client[measurement.needs]) return send({ ready: false });
  if (client.get) {
    await client.set?.('key', value);
    assert.deepEqual(await client.get('key'), value, 'get gave something else than what was set');
  }
  process.once('message', () => {
    measurement.drive(client, spec.timing, spec).then((result) => send({ result }), fail);
  });
  send({ ready: true });
}
