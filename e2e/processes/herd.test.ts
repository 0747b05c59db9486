import { afterEach, expect, test } from 'vitest';
import { Child, connect, endAll, envOf, pause, startHost, until } from './processes.ts';

afterEach(endAll);

const PROCESSES = 4;
const EACH = 500;

test('2,000 clients that connect at once are all let in and served, and nobody hears of a full queue', async () => {
  const host = await startHost();
  const herds = await Promise.all(
    Array.from({ length: PROCESSES }, () => Child.start('herd.mjs', envOf(host))),
  );
  const started = performance.now();
  const fates = await Promise.all(herds.map((herd) => herd.ask('connect', EACH)));
  console.log(
    `2,000 clients connected, proved and served in ${Math.round(performance.now() - started)} ms`,
  );
  expect(fates).toEqual(Array(PROCESSES).fill({ ok: EACH }));
  // Each has a session of its own, and so a slot of its own: exactly the first 2,000.
  const slots = (await Promise.all(herds.map((herd) => herd.ask<number[]>('slots')))).flat();
  expect(slots.sort((a, b) => a - b)).toEqual(
    Array.from({ length: PROCESSES * EACH }, (_, i) => i),
  );
  await Promise.all(herds.map((herd) => herd.ask('close')));
  const client = await connect(host.address);
  await until(async () => {
    const slot = await client.slot('herd');
    const { value } = slot;
    await slot.release();
    return value === 0;
  }, 'the end of all slots');
  await client.close();
});

test.runIf(process.platform === 'linux')(
  'more clients than a stopped broker’s queue holds wait until it goes on, and are all let in',
  async () => {
    const host = await startHost({ limits: { maxConnections: 10_000 } });
    const herds = await Promise.all([0, 1].map(() => Child.start('herd.mjs', envOf(host))));
    host.signal('SIGSTOP');
    // Linux queues 4,096 at most.
    const connecting = herds.map((herd) => herd.ask('connect', 2_200));
    await pause(1_000);
    host.signal('SIGCONT');
    expect(await Promise.all(connecting)).toEqual([{ ok: 2_200 }, { ok: 2_200 }]);
  },
);
