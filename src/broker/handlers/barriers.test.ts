import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import { Barriers } from '../../core/barriers.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Journal } from '../../core/journal.ts';
import { Leases } from '../../core/leases.ts';
import { HEARTBEAT_MS, NOTICE_MS } from '../../protocol/limits.ts';
import type { BrokerEvent, Reply, Request } from '../../protocol/messages.ts';
import { noting } from '../../testing/noting.ts';
import type { Connection } from '../connection.ts';
import { Exchange } from '../exchange.ts';
import { Pending } from '../pending.ts';
import type { House, Session } from '../session.ts';
import { HANDLERS } from './index.ts';

let clock: FakeClock;
let house: House;

beforeEach(() => {
  const config = resolveConfig({ waitTimeout: 1_500 }, 'test');
  clock = new FakeClock();
  const journal = new Journal(clock);
  house = {
    config,
    pools: new Map(),
    leases: new Leases(clock, config.limits, journal, {
      check() {},
      reset() {},
      quarantined() {},
    }),
    barriers: new Barriers(clock, config.limits, journal),
  } as unknown as House;
});

/** A session whose connection notes what is sent over it. */
function client() {
  const said: Reply[] = [];
  let proceeded = 0;
  const connection = {
    ...noting(said),
    proceed: () => proceeded++,
    hold() {},
  } as unknown as Connection;
  const told: BrokerEvent[] = [];
  const session = {
    house,
    tell: (event: BrokerEvent) => told.push(event),
    core: house.leases.openSession({}),
    pending: new Pending(),
  } as unknown as Session;
  const say = (action: string, fields: object) => {
    const exchange = new Exchange(connection, { action, ...fields } as Request);
    try {
      exchange.take();
      const reply = HANDLERS.get(action)!(exchange.request, session, exchange);
      if (reply !== undefined) exchange.ok(reply);
    } catch (error) {
      exchange.fail(error);
    }
    exchange.keepOrder();
  };
  return {
    said,
    told,
    say,
    proceeded: () => proceeded,
    arrive: (fields: object = {}) => say('barrier', { name: 'seed', parties: 2, ...fields }),
  };
}

function sweepAfter(ms: number): void {
  clock.advance(ms);
  house.barriers.sweep();
}

test('all are answered when the last has come, each with its place', () => {
  const [a, b] = [client(), client()];
  a.arrive({ id: 1 });
  expect(a.said).toEqual([]);
  b.arrive({ id: 'x' });
  expect(a.said).toEqual([{ id: 1, ok: true, place: 0 }]);
  expect(b.said).toEqual([{ id: 'x', ok: true, place: 1 }]);
});

test('a wait lasts as long as was asked for, else as the config says, and no longer than atMost', () => {
  const [a, b, c] = [client(), client(), client()];
  a.arrive({ id: 1, name: 'a' });
  b.arrive({ id: 1, name: 'b', timeout: 3_000 });
  c.arrive({ id: 1, name: 'c', atMost: 500, purpose: { test: 'buys', other: 1 } });
  sweepAfter(500 + HEARTBEAT_MS);
  expect(c.said).toMatchObject([
    { error: 'wait_timeout', details: { barrier: 'c', missing: 1, arrived: [{ test: 'buys' }] } },
  ]);
  expect(a.said).toEqual([]);
  sweepAfter(1_000);
  expect(a.said).toMatchObject([{ error: 'wait_timeout' }]);
  sweepAfter(1_400);
  expect(b.said).toEqual([]);
  sweepAfter(100);
  expect(b.said).toMatchObject([{ error: 'wait_timeout' }]);
});

test('cancel gives a wait up by the very id of its request, and comes late without effect', () => {
  const [a, b] = [client(), client()];
  a.arrive({ id: 1, parties: 3 });
  b.arrive({ id: 1, parties: 3 });
  a.say('cancel', { id: 2, request: '1' });
  expect(a.said).toEqual([{ id: 2, ok: true }]);
  a.say('cancel', { id: 3, request: 1 });
  expect(a.said.slice(1)).toMatchObject([
    { id: 1, error: 'cancelled' },
    { id: 3, ok: true },
  ]);
  expect(b.said).toMatchObject([
    { id: 1, error: 'barrier_broken', details: { why: 'cancelled', by: {} } },
  ]);
  a.say('cancel', { id: 4, request: 1 });
  expect(a.said.at(-1)).toEqual({ id: 4, ok: true });
});

test('a wait that takes long is told by the id of its request, and of one without an id nothing', () => {
  const [a, b] = [client(), client()];
  a.arrive({ id: 'x', parties: 3, timeout: 9_000 });
  b.arrive({ parties: 3, timeout: 9_000 });
  sweepAfter(NOTICE_MS);
  const message = expect.stringMatching("^Waiting at the barrier 'seed'");
  expect(a.told).toEqual([{ event: 'notice', request: 'x', notice: 'slow', message }]);
  expect(b.told).toEqual([]);
});

test('of those that wait no two have one id, be it for a lease or at a barrier', () => {
  const { say, said, arrive } = client();
  arrive({ id: 1 });
  const twice = { error: 'bad_request', message: 'A request with the id 1 waits already.' };
  arrive({ id: 1, name: 'other' });
  expect(said.at(-1)).toMatchObject(twice);
  say('lock', { id: 1, name: 'db' });
  expect(said.at(-1)).toMatchObject(twice);
  say('lock', { id: 2, name: 'db' });
  say('lock', { id: 3, name: 'db' });
  arrive({ id: 3, name: 'other' });
  expect(said.at(-1)).toMatchObject({ ...twice, message: expect.stringContaining('id 3') });
});

test('a wait without an id lets its connection go on when it has ended, and not at once', async () => {
  const [a, b, c, d] = [client(), client(), client(), client()];
  a.arrive();
  await turn();
  expect(a.proceeded()).toBe(0);
  b.arrive();
  expect([a.said, b.said]).toEqual([[{ ok: true, place: 0 }], [{ ok: true, place: 1 }]]);
  expect(a.proceeded()).toBe(0);
  await turn();
  expect([a.proceeded(), b.proceeded()]).toEqual([1, 0]);
  c.arrive({ timeout: 100 });
  d.arrive({ id: 1, name: 'other' });
  sweepAfter(2_000);
  await turn();
  expect([c.proceeded(), d.proceeded()]).toEqual([1, 0]);
});

test.each([
  [{ name: undefined }, "'name' must be a text"],
  [{ name: '' }, "'name' must be a name"],
  [{ parties: undefined }, "'parties' must be a whole number from 1 to 10000"],
  [{ parties: 0 }, "'parties' must be a whole number from 1 to 10000"],
  [{ parties: 10_001 }, "'parties' must be a whole number from 1 to 10000"],
  [{ timeout: '1s' }, "'timeout' must be a number of milliseconds from 0"],
  [{ purpose: 'buys' }, "'purpose' must be an object"],
  [{ partys: 2 }, "barrier has no field 'partys'. Did you mean 'parties'?"],
])('%o is a bad request, and nobody has arrived', (fields, message) => {
  const { arrive, said } = client();
  arrive({ id: 1, ...fields });
  expect(said).toMatchObject([{ error: 'bad_request' }]);
  expect(said[0]!.message).toMatch(message);
  arrive({ id: 1, timeout: 0 });
  expect(said[1]).toMatchObject({ error: 'wait_timeout', details: { missing: 1 } });
});
