import { beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import type { BrokerConfig } from '../../config/define.ts';
import { Barriers } from '../../core/barriers.ts';
import type { Want } from '../../core/claim.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Journal } from '../../core/journal.ts';
import { Leases } from '../../core/leases.ts';
import { RateLimits } from '../../core/rate-limits.ts';
import { Store } from '../../core/store.ts';
import { STATUS_ROWS } from '../../protocol/limits.ts';
import type { Identity, Request } from '../../protocol/messages.ts';
import type { Status } from '../../protocol/status.ts';
import type { Exchange } from '../exchange.ts';
import type { House, Session } from '../session.ts';
import { status } from './status.ts';

let clock: FakeClock;
let house: House;

function start(config: BrokerConfig = {}): void {
  const resolved = resolveConfig(
    { pools: { one: ['hunter2'], two: ['a', 'b'] }, ...config },
    'test',
  );
  clock = new FakeClock();
  const hooks = { check() {}, reset() {}, quarantined() {} };
  const journal = new Journal(clock);
  const leases = new Leases(clock, resolved.limits, journal, hooks);
  for (const { name, definition } of resolved.pools) leases.definePool(name, definition);
  house = {
    config: resolved,
    clock,
    leases,
    store: new Store(clock, resolved.limits),
    rateLimits: new RateLimits(clock, resolved.limits, journal),
    barriers: new Barriers(clock, resolved.limits, journal),
  } as unknown as House;
}

beforeEach(() => start());

const asked = (): string => status({} as Request, { house } as Session, {} as Exchange)!;
const now = (): Status => JSON.parse(`{${asked().slice(1)}}`);

function ask(wants: Want[], identity: Identity = {}, test = 'buys'): void {
  house.leases.request(
    house.leases.openSession(identity),
    { wants, ttlMs: 30_000, timeoutMs: 60_000, purpose: { test } },
    { granted() {}, refused() {} },
  );
}

const pool = (name: string): Want => ({ kind: 'pool', name });

describe('the status', () => {
  test('tells who holds what, who waits for it, and for how long', () => {
    ask([pool('one')], { runner: 'vitest', worker: '1', pid: 7 });
    clock.advance(100);
    ask([pool('two'), pool('two'), { kind: 'lock', name: 'db' }], {}, 'sells');
    clock.advance(1_000);
    ask([pool('one')], { worker: '2' }, 'pays');
    clock.advance(500);
    expect(now()).toMatchObject({
      pools: [
        { name: 'one', size: 1, held: 1, returning: 0, lost: 0, waiting: 1 },
        { name: 'two', size: 2, held: 2, waiting: 0 },
        { name: 'lock:db', held: 1 },
      ],
      leases: [
        {
          lease: 'one#1',
          pools: ['one'],
          resource: 0,
          heldMs: 1_600,
          runner: 'vitest',
          worker: '1',
          pid: 7,
          test: 'buys',
        },
        { lease: 'two#2', pools: ['two', 'lock:db'], heldMs: 1_500, test: 'sells' },
      ],
      waiters: [{ pools: ['one'], waitedMs: 500, leftMs: 59_500, worker: '2', test: 'pays' }],
      totals: { pools: 3, leases: 2, waiters: 1 },
    });
    // It is of several resources.
    expect(now().leases[1]).not.toHaveProperty('resource');
    clock.advance(60_000);
    // Past its time, and not swept.
    expect(now().waiters).toMatchObject([{ waitedMs: 60_500, leftMs: 0 }]);
  });

  test('tells who waits at barriers and for limits, in the order of asking', () => {
    const outcome = { passes() {}, passed() {}, refused() {}, slow() {} };
    const session = house.leases.openSession({ worker: '1' });
    const pass = {
      ...{ name: 'api', rate: { count: 1, perMs: 9_000 }, timeoutMs: 60_000 },
      purpose: { test: 'mails' },
    };
    const party = { name: 'seed', parties: 2, timeoutMs: 9_000, purpose: { test: 'seeds' } };
    for (let i = 0; i < 3; i++) house.rateLimits.request(session, pass, outcome);
    house.barriers.arrive(session, party, outcome);
    ask([pool('one')]);
    ask([pool('one')], {}, 'pays');
    house.rateLimits.request(session, pass, outcome);
    clock.advance(1_000);
    const limit = { pools: ['limit:api'], waitedMs: 1_000, worker: '1', test: 'mails' };
    expect(now().waiters).toEqual([
      { ...limit, leftMs: 8_000 },
      { ...limit, leftMs: 17_000 },
      { pools: ['barrier:seed'], waitedMs: 1_000, leftMs: 8_000, worker: '1', test: 'seeds' },
      { pools: ['one'], waitedMs: 1_000, leftMs: 59_000, test: 'pays' },
      { ...limit, leftMs: 26_000 },
    ]);
  });

  test('tells the keys of values, limits and barriers, and no value', () => {
    house.store.set('b', '"hunter2"', 1_000);
    house.store.set('a', '"hunter2"', 1_000);
    const session = house.leases.openSession({});
    const pass = { name: 'api', rate: { count: 1, perMs: 100 }, timeoutMs: 1_000, purpose: {} };
    house.rateLimits.request(session, pass, { passes() {}, refused() {}, slow() {} });
    const party = { name: 'seed', parties: 2, timeoutMs: 9_000, purpose: {} };
    house.barriers.arrive(session, party, { passed() {}, refused() {}, slow() {} });
    expect(now()).toMatchObject({
      keys: ['a', 'b'],
      limits: [{ name: 'api', count: 1, perMs: 100, waiting: 0 }],
      barriers: [{ name: 'seed', parties: 2, arrived: 1 }],
      totals: { keys: 2, limits: 1, barriers: 1 },
    });
    expect(asked()).not.toContain('hunter2');
  });

  test('is cut to its most rows, the oldest and the first, and says how many there are', () => {
    for (let i = 0; i < STATUS_ROWS + 100; i++) {
      ask([{ kind: 'lock', name: `${i}` }]);
      house.store.set(`${i}`.padStart(4, '0'), '1', 1_000);
    }
    const { leases, keys, pools, totals } = now();
    expect([leases.length, keys.length, pools.length]).toEqual(Array(3).fill(STATUS_ROWS));
    expect(leases[0]!.lease).toBe('lock:0#1');
    expect(keys.at(-1)).toBe('0499');
    expect(totals).toMatchObject({ leases: 600, keys: 600, pools: 602 });
  });

  test('is less than a client may leave unread, however long the names are', () => {
    const limits = { maxOutputBytes: 80_000, maxLineBytes: 20_000, maxValueBytes: 2_000 };
    start({ limits: { ...limits, pauseOutputBytes: 20_000 } });
    const long = '\u0001'.repeat(150);
    for (let i = 0; i < 400; i++) {
      ask([{ kind: 'lock', name: `${long}${i}` }], { worker: long }, long);
      ask([pool('one')], { worker: long }, long);
      house.store.set(`${long}${i}`, '1', 1_000);
    }
    expect(Buffer.byteLength(asked())).toBeLessThan(80_000);
    const { pools, leases, waiters, keys } = now();
    for (const list of [pools, leases, waiters, keys]) {
      const bytes = Buffer.byteLength(JSON.stringify(list));
      expect(bytes).toBeLessThanOrEqual(10_000);
      // No row has as many bytes as are left.
      expect(bytes).toBeGreaterThan(10_000 - 3_000);
    }
    expect([leases[0]!.lease, pools[0]!.name, keys[0]]).toEqual([
      `lock:${long}0#1`,
      'one',
      `${long}0`,
    ]);
  });
});
