import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import type { BrokerConfig } from '../../config/define.ts';
import { pool, ports } from '../../config/pools.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Journal } from '../../core/journal.ts';
import { Leases } from '../../core/leases.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import { HEARTBEAT_MS, NOTICE_MS } from '../../protocol/limits.ts';
import type { BrokerEvent, Identity, Reply, Request } from '../../protocol/messages.ts';
import { noting } from '../../testing/noting.ts';
import type { Connection } from '../connection.ts';
import { Exchange } from '../exchange.ts';
import { Pending } from '../pending.ts';
import type { House, Session } from '../session.ts';
import { HANDLERS } from './index.ts';

let clock: FakeClock;
let journal: Journal;
let house: House;
/** Of checks that are asked for. */
let answers: ((usable: boolean) => void)[];

function start(config: BrokerConfig = {}): void {
  const resolved = resolveConfig(
    { pools: { one: ['a'], brisk: pool(['b'], { ttl: 500, timeout: 2_000 }) }, ...config },
    'test',
  );
  clock = new FakeClock();
  answers = [];
  const check = (_: unknown, answer: (usable: boolean) => void) => answers.push(answer);
  journal = new Journal(clock);
  const leases = new Leases(clock, resolved.limits, journal, {
    check,
    reset: (_resource, _after, answer) => answer(true),
    quarantined() {},
  });
  for (const { name, definition } of resolved.pools) leases.definePool(name, definition);
  house = {
    config: resolved,
    leases,
    pools: new Map(resolved.pools.map((each) => [each.name, each])),
  } as unknown as House;
}

beforeEach(() => start());

/** A session whose connection notes what is sent over it. */
function client(identity: Identity = {}) {
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
    core: house.leases.openSession(identity),
    calls: new Set(),
    pending: new Pending(),
    tell: (event: BrokerEvent) => told.push(event),
  } as unknown as Session;
  return {
    said,
    told,
    session,
    proceeded: () => proceeded,
    say(action: string, fields: object = {}): Reply | undefined {
      const exchange = new Exchange(connection, { action, ...fields } as Request);
      try {
        exchange.take();
        const reply = HANDLERS.get(action)!(exchange.request, session, exchange);
        if (reply !== undefined) exchange.ok(reply);
      } catch (error) {
        exchange.fail(error as BrokerError);
      }
      exchange.keepOrder();
      return exchange.answered ? said.at(-1) : undefined;
    },
  };
}

function sweepAfter(ms: number): void {
  clock.advance(ms);
  house.leases.sweep();
}

test('a grant that no reply could hold is none: it is refused, and its resources are free', () => {
  const values = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(1_000));
  const limits = { maxOutputBytes: 5_000, maxLineBytes: 5_000, maxValueBytes: 2_000 };
  start({ pools: { large: values }, limits: { ...limits, pauseOutputBytes: 2_000 } });
  const { say } = client();
  expect(say('lease', { pool: 'large', count: 9 })).toMatchObject({ error: 'too_large' });
  expect(say('lease', { pool: 'large', count: 2 })).toMatchObject({ ok: true });
  expect(say('pools')!.pools).toMatchObject([{ held: 2 }]);
});

describe('a grant', () => {
  test('that was waited for tells who held the resource before; one at once does not', () => {
    const [holder, waiter] = [client({ runner: 'playwright', pid: 7 }), client({ runner: 'x' })];
    const first = holder.say('lease', { id: 1, pool: 'one', purpose: { test: 'buys' } });
    expect(first).not.toHaveProperty('former');
    waiter.say('lease', { id: 1, pool: 'one' });
    holder.say('release', { lease: first!.lease });
    expect(waiter.said.at(-1)!.former).toEqual({ runner: 'playwright', pid: 7, test: 'buys' });
    waiter.say('release', { lease: waiter.said.at(-1)!.lease });
    expect(holder.say('lease', { id: 2, pool: 'one' })).not.toHaveProperty('former');
  });

  test('of a lock tells who held it before, to each who waited to share it', () => {
    const [holder, a, b] = [client({ runner: 'jest' }), client(), client()];
    const first = holder.say('lock', { id: 1, name: 'db', purpose: { test: 'migrates' } });
    a.say('lock', { id: 1, name: 'db', mode: 'shared' });
    b.say('lock', { id: 1, name: 'db', mode: 'shared' });
    holder.say('release', { lease: first!.lease });
    for (const { said } of [a, b]) {
      expect(said.at(-1)!.former).toEqual({ runner: 'jest', test: 'migrates' });
    }
  });

  test('of several tells who held the one that came back last', () => {
    start({ pools: { three: ['a', 'b', 'c'] } });
    const holders = ['1', '2', '3'].map((worker) => client({ worker }));
    for (const { say } of holders) say('lease', { pool: 'three' });
    const waiter = client();
    const wants = ['a', 'b', 'c'].map((where) => ({ pool: 'three', where }));
    waiter.say('leaseAll', { id: 1, wants: { ...wants } });
    for (const nth of [0, 2, 1]) {
      clock.advance(10);
      holders[nth]!.say('release', { lease: holders[nth]!.said[0]!.lease });
    }
    expect(waiter.said).toMatchObject([{ ok: true, former: { worker: '2' } }]);
  });

  test('that only a check held up tells of nobody', () => {
    start({ pools: { ports: ports({ from: 4100, to: 4100 }) } });
    const user = client({ runner: 'x' });
    for (const id of [1, 2]) {
      user.say('lease', { id, pool: 'ports' });
      answers.pop()!(true);
      expect(user.said.at(-1)).toMatchObject({ id, ok: true });
      expect(user.said.at(-1)).not.toHaveProperty('former');
      user.say('release', { lease: user.said.at(-1)!.lease });
      clock.advance(10);
    }
  });

  test('after one who did not say who it is tells nothing of it', () => {
    const [holder, waiter] = [client(), client()];
    const first = holder.say('lease', { id: 1, pool: 'one' });
    waiter.say('lease', { id: 1, pool: 'one' });
    holder.say('release', { lease: first!.lease });
    expect(waiter.said.at(-1)).toMatchObject({ ok: true });
    expect(waiter.said.at(-1)).not.toHaveProperty('former');
  });

  test('tells lease, token, TTL and value', () => {
    expect(client().say('lease', { id: 1, pool: 'one' })).toEqual({
      id: 1,
      ok: true,
      lease: 'one#1',
      token: 1,
      ttlMs: 30_000,
      value: 'a',
    });
  });

  test('has the TTL that was asked for, else the pool’s, else the config’s', () => {
    start({ leaseTtl: 7_000, pools: { one: ['a'], brisk: pool(['b'], { ttl: 500 }) } });
    const { say } = client();
    expect(say('lease', { pool: 'brisk' })).toMatchObject({ ttlMs: 500 });
    expect(say('lease', { pool: 'one' })).toMatchObject({ ttlMs: 7_000 });
    expect(say('lock', { name: 'l', ttl: 100 })).toMatchObject({ ttlMs: 100, value: null });
    expect(say('slot', { name: 's' })).toMatchObject({ ttlMs: 7_000, value: 0 });
    // A lock has nothing of a pool of its name.
    expect(say('lock', { name: 'brisk' })).toMatchObject({ ttlMs: 7_000 });
  });

  test('of several pools has the shortest of their TTLs', () => {
    start({ pools: { a: pool([1], { ttl: 800 }), b: pool([2], { ttl: 500 }) } });
    const wants = { a: { pool: 'a' }, b: { pool: 'b' }, l: { lock: 'l' } };
    expect(client().say('leaseAll', { wants })).toMatchObject({ ttlMs: 500 });
  });

  test('of several has under each name what was got for it', () => {
    start({ pools: { one: ['a'], three: [1, 2, 3] } });
    const wants = {
      'it "is"': { pool: 'one' },
      two: { pool: 'three', count: 2 },
      lock: { lock: 'l', mode: 'shared' },
    };
    const [a, b] = [client(), client()];
    expect(a.say('leaseAll', { wants })!.value).toEqual({
      'it "is"': 'a',
      two: [1, 2],
      lock: null,
    });
    expect(b.say('lock', { name: 'l', mode: 'shared', timeout: 0 })).toMatchObject({ ok: true });
    expect(b.say('lock', { name: 'l', timeout: 0 })).toMatchObject({ error: 'wait_timeout' });
  });

  test('that was waited for is told once, when it comes', () => {
    const [holder, waiter] = [client(), client()];
    const held = holder.say('lease', { id: 1, pool: 'one' });
    expect(waiter.say('lease', { id: 2, pool: 'one' })).toBeUndefined();
    holder.say('release', { lease: held!.lease });
    expect(waiter.said).toMatchObject([{ id: 2, ok: true, lease: 'one#2' }]);
    expect(waiter.session.core.waits).toEqual([]);
  });
});

describe('a wait', () => {
  test('lasts as long as was asked for, else as the pool says, else as the config says', () => {
    start({ waitTimeout: 5_000, pools: { one: ['a'], brisk: pool(['b'], { timeout: 2_000 }) } });
    const [holder, waiter] = [client(), client()];
    for (const name of ['one', 'brisk']) holder.say('lease', { pool: name });
    waiter.say('lease', { id: 'asked', pool: 'brisk', timeout: 1_000 });
    waiter.say('lease', { id: 'pool', pool: 'brisk' });
    waiter.say('lease', { id: 'config', pool: 'one' });
    const ended = () => waiter.said.map(({ id, error }) => [id, error]);
    sweepAfter(1_000 + HEARTBEAT_MS);
    expect(ended()).toEqual([['asked', 'wait_timeout']]);
    sweepAfter(1_000);
    expect(ended()).toEqual([
      ['asked', 'wait_timeout'],
      ['pool', 'wait_timeout'],
    ]);
    sweepAfter(3_000);
    expect(ended().at(-1)).toEqual(['config', 'wait_timeout']);
    expect(waiter.session.core.waits).toEqual([]);
  });

  test('for several pools lasts as long as any of them says, and for a lock as the config says', () => {
    const pools = { a: pool([1], { timeout: 2_000 }), b: pool([2], { timeout: 3_000 }) };
    start({ waitTimeout: 1_000, pools });
    const [holder, waiter] = [client(), client()];
    holder.say('leaseAll', { wants: { a: { pool: 'a' }, l: { lock: 'a' } } });
    waiter.say('leaseAll', { id: 'pools', wants: { a: { pool: 'a' }, b: { pool: 'b' } } });
    waiter.say('lock', { id: 'lock', name: 'a' });
    sweepAfter(1_000 + HEARTBEAT_MS);
    expect(waiter.said.map(({ id }) => id)).toEqual(['lock']);
    sweepAfter(1_900);
    expect(waiter.said.map(({ id }) => id)).toEqual(['lock']);
    sweepAfter(100);
    expect(waiter.said.map(({ id }) => id)).toEqual(['lock', 'pools']);
  });

  test('is no longer than atMost, of which 0 is now or never', () => {
    const [holder, waiter] = [client(), client()];
    holder.say('lease', { pool: 'one' });
    waiter.say('lease', { id: 1, pool: 'one', timeout: 5_000, atMost: 0 });
    expect(waiter.said).toMatchObject([{ error: 'wait_timeout' }]);
    waiter.say('lease', { id: 2, pool: 'one', timeout: 5_000, atMost: 500 });
    sweepAfter(500 + HEARTBEAT_MS);
    expect(waiter.said[1]).toMatchObject({ id: 2, error: 'wait_timeout' });
  });

  test('that takes long is told by the id of its request', () => {
    const [holder, waiter] = [client(), client()];
    holder.say('lease', { pool: 'one' });
    waiter.say('lease', { id: 'x', pool: 'one' });
    sweepAfter(NOTICE_MS);
    const message = expect.stringMatching("^Waiting for pool 'one'");
    expect(waiter.told).toEqual([{ event: 'notice', request: 'x', notice: 'slow', message }]);
  });

  test('of 0 is now or never, and says who holds it', () => {
    const [holder, waiter] = [client(), client()];
    holder.say('lease', { pool: 'one', purpose: { test: 'buys' } });
    const reply = waiter.say('lease', { id: 1, pool: 'one', timeout: 0 });
    expect(reply).toMatchObject({
      ok: false,
      error: 'wait_timeout',
      details: { holders: [{ lease: 'one#1', test: 'buys' }] },
    });
    expect(waiter.session.core.waits).toEqual([]);
  });

  test('that is cancelled is told so, and the next one moves up', () => {
    const [holder, first, second] = [client(), client(), client()];
    const held = holder.say('lease', { pool: 'one' });
    first.say('lease', { id: 1, pool: 'one' });
    second.say('lease', { id: 1, pool: 'one' });
    expect(first.say('cancel', { id: 2, request: 1 })).toEqual({ id: 2, ok: true });
    expect(first.said.map(({ id, error }) => [id, error])).toEqual([
      [1, 'cancelled'],
      [2, undefined],
    ]);
    holder.say('release', { lease: held!.lease });
    expect(second.said).toMatchObject([{ id: 1, ok: true }]);
  });

  test('that was granted before its cancel is read keeps its lease: a cancel comes late without effect', () => {
    const [holder, waiter] = [client(), client()];
    const held = holder.say('lease', { pool: 'one' });
    waiter.say('lease', { id: 1, pool: 'one' });
    holder.say('release', { lease: held!.lease });
    waiter.say('cancel', { id: 2, request: 1 });
    expect(waiter.said.map(({ id, ok }) => [id, ok])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(waiter.say('renew', { lease: 'one#2' })).toMatchObject({ ok: true });
  });

  test('is cancelled by the very id of its request: a number is no text', () => {
    const [holder, waiter] = [client(), client()];
    holder.say('lease', { pool: 'one' });
    waiter.say('lease', { id: 1, pool: 'one' });
    waiter.say('cancel', { id: 2, request: '1' });
    expect(waiter.said).toEqual([{ id: 2, ok: true }]);
    expect(waiter.session.core.waits).toHaveLength(1);
  });

  test('without an id lets its connection go on when it has ended, and not within the grant', async () => {
    const [holder, waiter] = [client(), client()];
    const held = holder.say('lease', { pool: 'one' });
    waiter.say('lease', { pool: 'one' });
    holder.say('release', { lease: held!.lease });
    expect([waiter.said.length, waiter.proceeded()]).toEqual([1, 0]);
    await turn();
    expect(waiter.proceeded()).toBe(1);
  });

  test('that was none lets nothing go on: what is held behind another stays held', async () => {
    const waiter = client();
    waiter.say('lease', { pool: 'one' });
    waiter.say('lease', { pool: 'one', timeout: 0 });
    await turn();
    expect([waiter.said.length, waiter.proceeded()]).toEqual([2, 0]);
  });

  test('on a broker that stops ends at once', () => {
    const [holder, waiter] = [client(), client()];
    holder.say('lease', { pool: 'one' });
    waiter.say('lease', { id: 1, pool: 'one' });
    house.leases.drain();
    expect(waiter.said).toMatchObject([{ id: 1, error: 'stopping' }]);
    expect(waiter.say('lock', { name: 'l' })).toMatchObject({ error: 'stopping' });
  });
});

describe('renew', () => {
  test('starts the TTL anew, or another one', () => {
    const { say } = client();
    say('lock', { name: 'l', ttl: 1_000 });
    for (let i = 0; i < 5; i++) {
      sweepAfter(900);
      expect(say('renew', { lease: 'lock:l#1' })).toEqual({ ok: true, ttlMs: 1_000 });
    }
    expect(say('renew', { lease: 'lock:l#1', ttl: 5_000 })).toEqual({ ok: true, ttlMs: 5_000 });
    sweepAfter(4_900);
    expect(say('renew', { lease: 'lock:l#1' })).toEqual({ ok: true, ttlMs: 5_000 });
    sweepAfter(5_000 + HEARTBEAT_MS);
    expect(say('renew', { lease: 'lock:l#1' })).toMatchObject({
      error: 'lease_lost',
      details: { reason: 'expired' },
    });
  });

  test('with a wrong TTL changes nothing', () => {
    const { say } = client();
    say('lock', { name: 'l', ttl: 1_000 });
    expect(say('renew', { lease: 'lock:l#1', ttl: '5' })).toMatchObject({ error: 'bad_request' });
    expect(say('renew', { lease: 'lock:l#1' })).toMatchObject({ ttlMs: 1_000 });
  });
});

test('release frees once; the second time says that it was released', () => {
  const { say } = client();
  say('lease', { pool: 'one' });
  expect(say('release', { lease: 'one#1' })).toEqual({ ok: true });
  expect(say('release', { lease: 'one#1' })).toMatchObject({
    error: 'lease_lost',
    details: { reason: 'released' },
  });
});

test('retire ends the lease, and nobody gets its resource any more; the word for it is kept', () => {
  const { say } = client();
  say('lease', { pool: 'one' });
  expect(say('retire', { lease: 'one#1', why: 'locked out' })).toEqual({ ok: true });
  expect(say('lease', { pool: 'one' })).toMatchObject({ error: 'unsatisfiable' });
  expect(journal.events()).toContainEqual(
    expect.objectContaining({ type: 'end', reason: 'retired', why: 'locked out' }),
  );
});

test('revoke takes a lease from whoever has it, and gives it to the next; the word for it is kept', () => {
  const [holder, other] = [client(), client()];
  holder.say('lease', { pool: 'one' });
  expect(other.say('revoke', { lease: 'one#1', why: 'it hangs' })).toEqual({ ok: true });
  expect(other.say('lease', { pool: 'one' })).toMatchObject({ ok: true });
  expect(holder.say('renew', { lease: 'one#1' })).toMatchObject({ details: { reason: 'revoked' } });
  expect(journal.events()).toContainEqual(
    expect.objectContaining({ type: 'end', reason: 'revoked', why: 'it hangs' }),
  );
});

test.each([undefined, null, 1.5, 2 ** 53, {}])(
  'cancel of %j is refused: no request has that id',
  (id) => {
    expect(client().say('cancel', { request: id })).toMatchObject({
      error: 'bad_request',
      message: "The field 'request' must be the id of a request.",
    });
  },
);

test.each([
  ['lease', { pool: 'one' }],
  ['leaseAll', { wants: { a: { pool: 'one' } } }],
  ['lock', { name: 'l' }],
  ['semaphore', { name: 's', permits: 2 }],
  ['slot', { name: 's' }],
])('%s refuses a wish that it does not understand, and grants nothing', (action, fields) => {
  const { say } = client();
  expect(say(action, { ...fields, wher: 1 })).toMatchObject({
    error: 'bad_request',
    message: expect.stringContaining(`${action} has no field 'wher'.`),
  });
  expect(say(action, fields)).toMatchObject({ ok: true, token: 1 });
});

test('leaseAll takes from 1 to 100 wants', () => {
  const { say } = client();
  const wants = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`w${i}`, { lock: `l${i}` }]));
  for (const count of [0, 101]) {
    expect(say('leaseAll', { wants: wants(count) })).toMatchObject({
      error: 'bad_request',
      message: "The field 'wants' must name from 1 to 100 wants.",
    });
  }
  expect(say('leaseAll', { wants: wants(100) })).toMatchObject({ ok: true });
});

test('names of locks and slots are bounded by the config’s own limit', () => {
  start({ limits: { maxKeyBytes: 2_000 } });
  const { say } = client();
  expect(say('lock', { name: 'x'.repeat(2_000) })).toMatchObject({ ok: true });
  for (const action of ['lock', 'slot']) {
    expect(say(action, { name: 'x'.repeat(2_001) })).toMatchObject({ error: 'too_large' });
  }
});

test('a filter has few enough parts that nobody waits long for it to be held against all values', () => {
  const { say } = client();
  const parts = (count: number) => [{ of: Array.from({ length: count - 3 }, (_, i) => i) }];
  expect(say('lease', { pool: 'one', where: parts(1_000) })).toMatchObject({
    error: 'unsatisfiable',
  });
  for (const name of ['where', 'not']) {
    const field = { pool: 'one', [name]: parts(1_001) };
    expect(say('lease', field)).toMatchObject({
      error: 'too_large',
      message: `The field '${name}' has more than 1000 parts.`,
    });
    expect(say('leaseAll', { wants: { a: field } })).toMatchObject({ error: 'too_large' });
  }
});

test('a want of leaseAll has no action of its own', () => {
  const wants = { a: { pool: 'one', action: 'lease' } };
  expect(client().say('leaseAll', { wants })).toMatchObject({
    error: 'bad_request',
    message: "leaseAll has no field 'action'.",
  });
});
