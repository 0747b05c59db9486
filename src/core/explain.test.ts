import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import type { Identity, Purpose } from '../protocol/messages.ts';
import { Claim, type Want } from './claim.ts';
import { deadlock, poolName, stillWaiting, unsatisfiable, waitTimeout } from './explain.ts';
import { HeldLease } from './lease.ts';
import { ListPool, LockPool, type Pool, SlotPool } from './pool.ts';
import type { Resource } from './resource.ts';
import { Session } from './session.ts';
import type { Step } from './wait-graph.ts';
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
  return asking([[pool, {}]], session, since, purpose);
}

function asking(
  wanted: [Pool, Partial<Want>][],
  session = new Session(2, {}),
  since = 0,
  purpose: Purpose = {},
): Waiter {
  const claims = wanted.map(([pool, want]) => {
    return new Claim(pool, { kind: pool.kind, name: pool.ownName, ...want });
  });
  const wish = { wants: claims.map(({ want }) => want), ttlMs: 1, timeoutMs: 1, purpose };
  return new Waiter(9, session, claims, wish, { granted() {}, refused() {} }, since);
}

function hold(pool: Pool, identity: Identity, purpose: Purpose, since: number): HeldLease {
  const resource = take(pool);
  resource.state = 'held';
  const holder = waiterOf(new Session(1, identity), pool, since, purpose);
  resource.lease = new HeldLease(++tokens, [[resource]], holder, since);
  return resource.lease;
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

  test('says of a value who is computing it, and where to look', () => {
    const pool = new LockPool('once:k', 'once');
    hold(pool, { runner: 'vitest' }, {}, 0);
    expect(waitTimeout(waitFor(pool), 5).message).toBe(
      `Waited 5 ms for once 'k'.
  once:k: being computed by vitest, for 5 ms
See what it waits for there, or wait longer (timeout).`,
    );
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

describe('a wait for several', () => {
  test('tells all that was asked for, by names, counts and attributes, and no value of them', () => {
    const accounts = new ListPool('accounts', 'pool', [{ role: SECRET }]);
    const ports = new ListPool('ports', 'pool', [1, 2]);
    const waiter = asking([
      [accounts, { where: { role: SECRET }, not: [SECRET] }],
      [ports, { count: 2 }],
      [new LockPool('lock:db'), { mode: 'shared' }],
    ]);
    const { message, details } = waitTimeout(waiter, 1_000);
    const [first] = message.split('\n');
    expect(first).toBe(
      "Waited 1.0 s for pool 'accounts' (1 in all) that fit where { role } and not and 2 of pool 'ports' (2 in all) and shared lock 'db'.",
    );
    expect(details).toMatchObject({ pool: 'accounts', pools: ['accounts', 'ports', 'lock:db'] });
    expect(message + JSON.stringify(details)).not.toContain(SECRET);
  });

  test('counts what is on its way back, and what is lost', () => {
    const pool = new ListPool('p', 'pool', [1, 2, 3, 4], { reset: true });
    for (const state of ['cooling', 'resetting', 'quarantined', 'retired'] as const) {
      take(pool).state = state;
    }
    const message = stillWaiting(asking([[pool, {}]]), 6_000);
    expect(message).toBe(`Waiting for pool 'p' (4 in all), for 6.0 s so far.
  2 on the way back: cooling down, being reset, or about to be tried again
  2 out of use: retired, or quarantined`);
    expect(waitTimeout(asking([[pool, {}]]), 5).details).toMatchObject({ cooling: 2, lost: 2 });
  });

  test('has none before it while its resources are checked, whoever else waits', () => {
    const pool = new ListPool('p', 'pool', [1]);
    waitFor(pool, 0, 3);
    expect(waitTimeout(asking([[pool, {}]]), 5).details.place).toBe(0);
  });
});

describe('the error of a request that can never be met', () => {
  const people = [{ role: SECRET, name: 'a' }, { role: SECRET, age: 3 }, ['x'], null, 5];

  test.each<[string, Partial<Want>, Json[], string]>([
    ['an empty pool', {}, [], "Pool 'p' is empty: add resources to it in the config."],
    ['too many', { count: 3 }, [1, 2], "Pool 'p' cannot give 3 of its 2: there are 2."],
    [
      'no such value',
      { where: { role: 'admin' } },
      people,
      "Pool 'p' cannot give 1 that fit where { role } of its 5: there are 0. Its values have the attributes role, name, age.",
    ],
    [
      'values without attributes',
      { not: 1 },
      [1, 1],
      "Pool 'p' cannot give 1 that fit not of its 2: there are 0. Its values have no attributes.",
    ],
  ])('says what there is: %s', (_, want, values, expected) => {
    const error = unsatisfiable(asking([[new ListPool('p', 'pool', values), want]]));
    expect(error.message).toBe(`${expected} Waiting would not help.`);
    expect(error).toMatchObject({
      code: 'unsatisfiable',
      details: { pool: 'p', size: values.length },
    });
    expect(error.message).not.toContain(SECRET);
  });

  test('names twenty attributes', () => {
    const attributes = (count: number): string => {
      const value = Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i]));
      return unsatisfiable(asking([[new ListPool('p', 'pool', [value]), { where: 0 }]])).message;
    };
    expect(attributes(20)).toContain(', a19. ');
    expect(attributes(21)).toContain(', a19, …. ');
  });

  test('says what is out of use', () => {
    const pool = new ListPool('p', 'pool', [1, 2, 3]);
    for (const state of ['quarantined', 'retired'] as const) take(pool).state = state;
    expect(unsatisfiable(asking([[pool, { count: 2 }]])).message).toBe(
      "Pool 'p' cannot give 2 of its 3: there are 3, of which 2 are out of use (retired, or quarantined after failed checks or resets). Waiting would not help.",
    );
  });

  test('says it where only all of it together is too much; and nothing of a lock', () => {
    const pool = new ListPool('p', 'pool', [1, 2]);
    const lock: [Pool, Partial<Want>] = [new LockPool('lock:l'), {}];
    const together = unsatisfiable(asking([[pool, { count: 2 }], [pool, {}], lock]));
    expect(together.message).toBe(
      "There are too few for all of it at once: 2 of pool 'p' (2 in all) and pool 'p' (2 in all) and lock 'l'. Waiting would not help.",
    );
    expect(unsatisfiable(asking([lock, [pool, { count: 3 }]])).message).toBe(
      "Pool 'p' cannot give 3 of its 2: there are 2. Waiting would not help.",
    );
  });
});

describe('the error of a deadlock', () => {
  const cycle = (length: number): Step[] =>
    Array.from({ length }, (_, i) => {
      const pool = new ListPool(`p${i}`, 'pool', [SECRET]);
      const lease = hold(pool, { runner: 'vitest', worker: `${i + 1}` }, {}, 0);
      return { waiter: waiterOf(new Session(2, { runner: 'vitest' }), pool, 0), lease };
    });

  test('tells each step: who waits for what, who holds it since when; and what to do', () => {
    expect(deadlock(cycle(2), 2_000).message).toBe(
      `These requests would wait for each other for ever:
  vitest waits for pool 'p0' (1 in all); p0[0] is held by vitest worker 1, for 2.0 s
  vitest waits for pool 'p1' (1 in all); p1[0] is held by vitest worker 2, for 2.0 s
Lease all of it at once (leaseAll), or always in the same order; or release what is held before asking for more.`,
    );
    expect(deadlock(cycle(1), 0).message).toContain(
      'This request waits for what it holds itself:\n',
    );
  });

  test('says of a value that it cannot be made of itself', () => {
    const pool = new LockPool('once:k', 'once');
    const lease = hold(pool, {}, {}, 0);
    const { message } = deadlock([{ waiter: waiterOf(new Session(2, {}), pool, 0), lease }], 0);
    expect(message).toMatch(/\nA value cannot be made of itself\.$/);
  });

  test('names ten steps and counts the rest', () => {
    const { message, details } = deadlock(cycle(12), 0);
    expect(message).toContain("\n  vitest waits for pool 'p9'");
    expect(message).not.toContain("'p10'");
    expect(message).toContain('\n  and 2 more\n');
    expect(details.cycle).toHaveLength(10);
    expect(deadlock(cycle(10), 0).message).not.toContain(' more\n');
  });
});

test('pools, locks and slots are told by what people call them', () => {
  expect(poolName(new ListPool('a', 'pool', [1, 2]))).toBe("pool 'a' (2 in all)");
  expect(poolName(new LockPool('lock:db'))).toBe("lock 'db'");
  expect(poolName(new SlotPool('slot:tenant'))).toBe("slot 'tenant'");
});
