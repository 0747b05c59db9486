import { describe, expect, test } from 'vitest';
import type { Identity, Purpose } from '../protocol/messages.ts';
import { Claim } from './claim.ts';
import { poolName, unsatisfiable, waitTimeout } from './explain.ts';
import { HeldLease } from './lease.ts';
import { ListPool, LockPool, type Pool, SlotPool } from './pool.ts';
import type { Resource } from './resource.ts';
import { Session } from './session.ts';
import { Waiter, WaitQueue } from './waiters.ts';

const SECRET = 'hunter2';
let tokens = 0;

/** The next that is free. */
function take(pool: Pool): Resource {
  const resource =
    pool instanceof LockPool ? pool.next('exclusive') : (pool as ListPool).free.oldest!;
  pool.take(resource);
  return resource;
}

function waiterOf(session: Session, pool: Pool, since: number, purpose: Purpose = {}): Waiter {
  const want = { kind: pool.kind, name: pool.ownName };
  const wish = { wants: [want], ttlMs: 1, timeoutMs: 1, purpose };
  const outcome = { granted() {}, refused() {} };
  return new Waiter(9, session, [new Claim(pool, want)], wish, outcome, since);
}

function hold(pool: Pool, identity: Identity, purpose: Purpose, since: number): void {
  const resource = take(pool);
  resource.state = 'held';
  const holder = waiterOf(new Session(1, identity), pool, since, purpose);
  resource.lease = new HeldLease(++tokens, [[resource]], holder, since);
}

/** In a queue, behind so many others. */
function waitFor(pool: Pool, since = 0, others = 0): Waiter {
  const waiter = waiterOf(new Session(2, {}), pool, since);
  const queue = new WaitQueue('', waiter);
  pool.queues.set('', queue);
  for (let i = 0; i < others; i++) {
    queue.add(Object.assign(waiterOf(new Session(3, {}), pool, since), { ticket: i }));
  }
  queue.add(waiter);
  return waiter;
}

describe('the error of a wait that timed out', () => {
  test('says what for, how long, its place, who holds it since when, and the remedies', () => {
    tokens = 6;
    const pool = new ListPool('accounts', 'pool', [{ password: SECRET }, { password: SECRET }]);
    const worker = { runner: 'vitest', worker: '3', pid: 4711 };
    hold(pool, worker, { test: 'buys', file: 'shop.test.ts' }, 1_000);
    hold(pool, {}, {}, 57_000);
    const error = waitTimeout(waitFor(pool, 1_000, 2), 61_000);
    expect(error.code).toBe('wait_timeout');
    expect(error.message).toBe(
      `Waited 1 min 0 s for pool 'accounts' (2 in all), with 2 before it in the queue.
  accounts[0]: held by vitest worker 3 (pid 4711), test 'buys' in shop.test.ts, for 1 min 0 s
  accounts[1]: held by a client, for 4.0 s
Add to the pool, run fewer workers, hold leases for less long (scope 'test' in place of 'worker'), or wait longer (timeout).`,
    );
    expect(error.details).toEqual({
      pool: 'accounts',
      waitedMs: 60_000,
      place: 2,
      size: 2,
      cooling: 0,
      lost: 0,
      holders: [
        {
          resource: 0,
          lease: 'accounts#7',
          heldMs: 60_000,
          ...worker,
          test: 'buys',
          file: 'shop.test.ts',
        },
        { resource: 1, lease: 'accounts#8', heldMs: 4_000 },
      ],
    });
  });

  test('never holds a value', () => {
    const pool = new ListPool('accounts', 'pool', [SECRET, { token: SECRET }, SECRET]);
    hold(pool, {}, {}, 0);
    hold(pool, {}, {}, 0);
    take(pool).state = 'cooling';
    const { message, details } = waitTimeout(waitFor(pool, 0, 1), 5);
    expect(message + JSON.stringify(details)).not.toContain(SECRET);
  });

  test('names ten holders and counts the rest', () => {
    const pool = new ListPool('p', 'pool', Array(12).fill(0));
    for (let i = 0; i < 12; i++) hold(pool, {}, {}, 0);
    const { message, details } = waitTimeout(waitFor(pool), 5);
    expect(message).toContain('\n  p[9]: held');
    expect(message).not.toContain('p[10]');
    expect(message).toContain('\n  and 2 more\n');
    expect(details.holders).toHaveLength(10);
  });

  test('names no rest where ten hold it, and no place where it was first', () => {
    const pool = new ListPool('p', 'pool', Array(10).fill(0));
    for (let i = 0; i < 10; i++) hold(pool, {}, {}, 0);
    const { message } = waitTimeout(waitFor(pool), 5);
    expect(message).not.toContain(' more');
    expect(message).toContain("Waited 5 ms for pool 'p' (10 in all).\n");
  });

  test('counts what cannot be bound', () => {
    const pool = new ListPool('ports', 'pool', [1, 2, 3], { checked: true });
    hold(pool, {}, {}, 0);
    take(pool).state = 'cooling';
    take(pool).state = 'cooling';
    const { message, details } = waitTimeout(waitFor(pool), 5);
    expect(message).toContain(
      '\n  2 that cannot be bound: in use by other programs, or not allowed\n',
    );
    expect(details).toMatchObject({ size: 3, cooling: 2 });
  });

  test('of a lock names the lock, and no pool to add to', () => {
    const pool = new LockPool('lock:db');
    hold(pool, { runner: 'jest' }, { test: 'migrates' }, 0);
    expect(waitTimeout(waitFor(pool), 1_000).message).toBe(
      `Waited 1.0 s for lock 'db'.
  lock:db: held by jest, test 'migrates', for 1.0 s
Hold it for less long, or wait longer (timeout).`,
    );
  });

  // Names come from outside; a line break in one could pass for a line of this report.
  test('has no line that a name made up, and no control character', () => {
    const evil = 'x\n  accounts[9]: held by you\u001b[2J';
    const pool = new ListPool(evil, 'pool', [0]);
    hold(pool, { runner: evil, worker: evil }, { test: evil, file: evil }, 0);
    const { message } = waitTimeout(waitFor(pool), 5);
    expect(message.split('\n').filter((line) => line.startsWith('  accounts[9]'))).toEqual([]);
    expect(message).not.toContain('\u001b');
  });
});

test('what can never be met names, of several pools, the one of which there are too few', () => {
  const enough = new Claim(new LockPool('lock:db'), { kind: 'lock', name: 'db' });
  const pool = new ListPool('accounts', 'pool', [{ role: SECRET }]);
  const where = { role: 'admin' };
  const tooFew = new Claim(pool, { kind: 'pool', name: 'accounts', where });
  const waiter = Object.assign(waiterOf(new Session(2, {}), pool, 0), { claims: [enough, tooFew] });
  const { message, details } = unsatisfiable(waiter);
  expect(details).toEqual({ pool: 'accounts', size: 1 });
  expect(message).toBe(
    "Pool 'accounts' cannot give 1 that fit where { role } of its 1: there are 0. Its values have the attributes role. Waiting would not help.",
  );
});

test('pools, locks and slots are told by what people call them', () => {
  expect(poolName(new ListPool('a', 'pool', [1, 2]))).toBe("pool 'a' (2 in all)");
  expect(poolName(new LockPool('lock:db'))).toBe("lock 'db'");
  expect(poolName(new SlotPool('slot:tenant'))).toBe("slot 'tenant'");
});
