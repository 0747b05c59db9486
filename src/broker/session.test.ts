import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { Journal } from '../core/journal.ts';
import { Leases } from '../core/leases.ts';
import { Store } from '../core/store.ts';
import { Connection } from './connection.ts';
import { HANDLERS } from './handlers/index.ts';
import { Outbox } from './outbox.ts';
import { type House, Session } from './session.ts';

function house() {
  const config = resolveConfig({auth:false}, 'x');
  const clock = new FakeClock();
  const journal = new Journal(clock);
  const h: House = { id: 'b', secret: undefined, config, pools: new Map(), maxWaitMs: 1000, store: new Store(clock, config.limits), leases: new Leases(clock, config.limits, journal, () => {}), handlers: HANDLERS };
  const outbox = new Outbox();
  const peer = () => {
    const [near, far] = duplexPair({ allowHalfOpen: false });
    let said = '';
    far.on('data', (c) => { said += c; });
    new Connection(near, outbox, config.limits, (c) => new Session(h, c, 0));
    return { far, said: () => said };
  };
  return { h, peer };
}
test('probe', async () => {
  const { peer } = house();
  const N = 4000;
  const peers = Array.from({ length: N }, peer);
  for (const [i, p] of peers.entries()) {
    p.far.write(`{"action":"lock","name":"x"}\n{"action":"release","lease":"lock:x#${i === 0 ? 99 : i + 1}"}\n`);
    if (i % 100 === 0) await turn();
  }
  const first = peers[0]!;
  await turn();
  console.log(first.said());
  // the first one released nothing: its token was 1
  first.far.write(`{"action":"release","lease":"lock:x#1"}\n`);
  for (let i = 0; i < 50; i++) await turn();
  const said = peers.map((p) => p.said().split('\n').length - 1);
  console.log(said.slice(0, 5), said.slice(-3), said.filter((n) => n === 2).length, peers[2000].said(), peers[N-1].said());
  console.log(first.said(), peers.filter((p) => p.said().includes('internal')).length, peers.find((p) => p.said().includes('internal'))?.said());
});
