import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, HEARTBEAT_MS, type Limits, NOW_MS, RETRY_MS } from '../protocol/limits.ts';
import type { EndReason, Identity } from '../protocol/messages.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import type { Resource } from './resource.ts';
import type { Hooks } from './returns.ts';
import type { Session } from './session.ts';
import type { Waiter, Wish } from './waiters.ts';

const TTL = 1_000;
const LONG = 1_000_000;
const SECRET = 'hunter2';

let clock: FakeClock;
let journal: Journal;
let leases: Leases;
/** Checks that were asked for, in order. */
let checks: { index: number; answer: (usable: boolean) => void }[];
/** Leases whose holders were told of their end. */
let lost: [lease: string, reason: EndReason][];

function start(limits: Partial<Limits> = {}, check?: Hooks['check']): void {
  clock = new FakeClock();
  journal = new Journal(clock);
  checks = [];
  lost = [];
  const hooks: Hooks = {
    check: check ?? (({ index }, answer) => checks.push({ index, answer })),
    reset: () => {},
    quarantined: () => {},
  };
  leases = new Leases(clock, { ...DEFAULT_LIMITS, ...limits }, journal, hooks);
  leases.definePool('one', { values: [SECRET] });
  leases.definePool('two', { values: ['a', 'b'] });
  leases.definePool('ports', { values: [4000, 4001], checked: true });
}

beforeEach(() => start());

const open = (identity: Identity = {}): Session =>
  leases.openSession(identity, ({ id }, reason) => lost.push([id, reason]));

/** A request, and what became of it. */
interface Asked {
  waiter: Waiter;
  lease?: HeldLease;
  error?: BrokerError;
  result?: string;
}

type Options = Partial<Wish> & Partial<Want>;

function ask(
  session: Session,
  name: string,
  { kind = 'pool', mode, permits, ...wish }: Options = {},
  then = () => {},
): Asked {
  const asked = {} as Asked;
  const answer = (result: Partial<Asked>) => {
    expect(state(asked), 'answered once').toBe('waiting');
    Object.assign(asked, result);
    then();
  };
  asked.waiter = leases.request(
    session,
    { wants: [{ kind, name, mode, permits }], ttlMs: TTL, timeoutMs: LONG, purpose: {}, ...wish },
    {
      granted: (lease) => answer({ lease }),
      refused: (error) => answer({ error }),
      answered: (result) => answer({ result }),
    },
  );
  return asked;
}

const lock = (session: Session, name: string, wish: Options = {}): Asked =>
  ask(session, name, { kind: 'lock', ...wish });

const slot = (session: Session, name = 's'): Asked => ask(session, name, { kind: 'slot' });

/** The one resource that was granted. */
const got = ({ lease }: Asked): Resource | undefined => lease?.resources[0]?.[0];

const state = ({ lease, error, result }: Asked): string =>
  lease ? 'granted' : (error?.code ?? result ?? 'waiting');

/** The id of a lease that must have been granted. */
function idOf({ lease }: Asked): string {
  if (!lease) throw new Error('was not granted');
  return lease.id;
}

function sweepAfter(ms: number): void {
  clock.advance(ms);
  leases.sweep();
}

function errorOf(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const ends = (): [string, EndReason][] =>
  journal.events().flatMap((e) => (e.type === 'end' ? [[e.lease, e.reason]] : []));

describe('order', () => {
  test('first come, first served', () => {
    const sessions = Array.from({ length: 6 }, () => open());
    const asked = sessions.map((session) => ask(session, 'one'));
    for (let turn = 0; turn < 6; turn++) {
      expect(asked.map(state)).toEqual(asked.map((_, i) => (i <= turn ? 'granted' : 'waiting')));
      leases.release(sessions[turn]!, idOf(asked[turn]!));
    }
  });

  test('who comes while others wait, waits, though the resource was freed that moment', () => {
    const [a, b] = [open(), open()];
    const first = ask(a, 'one');
    const waiting = ask(b, 'one');
    leases.release(a, idOf(first));
    expect([state(ask(a, 'one')), state(waiting)]).toEqual(['waiting', 'granted']);
  });

  test('who gives up leaves the others in their order', () => {
    const a = open();
    const holder = ask(a, 'one');
    const waiting = [open(), open(), open()].map((session) => ask(session, 'one'));
    leases.cancel(waiting[1]!.waiter);
    leases.release(a, idOf(holder));
    expect(waiting.map(state)).toEqual(['granted', 'cancelled', 'waiting']);
    leases.endSession(waiting[0]!.lease!.session);
    expect(waiting.map(state)).toEqual(['granted', 'cancelled', 'granted']);
  });

  test('as many are granted as there are resources, each its own', () => {
    const asked = Array.from({ length: 4 }, () => ask(open(), 'two'));
    expect(asked.map(state)).toEqual(['granted', 'granted', 'waiting', 'waiting']);
    expect(asked.map((each) => got(each)?.value)).toEqual(['a', 'b', undefined, undefined]);
  });

  test('the pools are told in the order of their definition, locks and slots not among them', () => {
    const a = open();
    lock(a, 'x');
    ask(a, 'one');
    ask(a, 'one');
    const told = leases
      .pools()
      .map(({ name, resources, waiting }) => [name, resources.length, waiting]);
    expect(told).toEqual([
      ['one', 1, 1],
      ['two', 2, 0],
      ['ports', 2, 0],
    ]);
  });

  test('all that are held are told, the oldest first, whichever ends first', () => {
    const a = open();
    const ttls = [5_000, 1_000, 3_000];
    for (const [i, ttlMs] of ttls.entries()) lock(a, `${i}`, { ttlMs });
    leases.renew(a, 'lock:1#2', 9_000);
    expect(leases.allHeld().map(({ id }) => id)).toEqual(['lock:0#1', 'lock:1#2', 'lock:2#3']);
  });

  test('pools do not wait for one another', () => {
    const a = open();
    ask(a, 'one');
    expect(state(ask(a, 'one'))).toBe('waiting');
    expect(state(ask(a, 'two'))).toBe('granted');
  });

  test('tokens rise with every grant, over all pools; an id is pool and token', () => {
    const a = open();
    const granted = [ask(a, 'one'), ask(a, 'two'), lock(a, 'db'), slot(a)];
    leases.release(a, idOf(granted[0]!));
    granted.push(ask(a, 'one'));
    expect(granted.map(({ lease }) => lease?.token)).toEqual([1, 2, 3, 4, 5]);
    expect(granted.map(idOf)).toEqual(['one#1', 'two#2', 'lock:db#3', 'slot:s#4', 'one#5']);
  });
});

describe('a computation that was overtaken', () => {
  const compute = (session: Session, key = 'k'): Asked & { told?: string } => {
    const asked: Asked & { told?: string } = {} as Asked;
    const wish = { wants: [{ kind: 'once' as const, name: key }], ttlMs: TTL, timeoutMs: LONG };
    asked.waiter = leases.request(
      session,
      { ...wish, purpose: {} },
      {
        granted: (lease) => Object.assign(asked, { lease }),
        refused: (error) => Object.assign(asked, { error }),
        answered: (told) => Object.assign(asked, { told }),
      },
    );
    return asked;
  };

  test('concludes those who had asked by then, and no others: the next of them gets the lease', () => {
    const [a, b] = [open(), open()];
    const [first, before] = [compute(a), compute(b)];
    leases.overtake('k');
    const after = [compute(b), compute(b)];
    // The first time counts: whoever asked after that asked for what came after.
    leases.overtake('k');
    leases.conclude(a, first.lease!.id, '1');
    expect([before.told, before.lease]).toEqual(['1', undefined]);
    expect(after.map(({ told, lease }) => told ?? lease?.session)).toEqual([b, undefined]);
    leases.conclude(b, after[0]!.lease!.id, '2');
    expect(after[1]!.told).toBe('2');
  });

  test('is none where nobody makes anything', () => {
    leases.overtake('k');
    const first = compute(open());
    leases.overtake('other');
    expect(first.lease!.lastTold).toBe(Infinity);
  });
});

describe('a lease ends once', () => {
  test.each<[EndReason, (session: Session, id: string) => void]>([
    ['released', (session, id) => leases.release(session, id)],
    ['expired', () => sweepAfter(TTL + HEARTBEAT_MS)],
    ['disconnected', (session) => leases.endSession(session)],
  ])('%s: the resource goes on, and every later use is told why', (reason, end) => {
    const session = open();
    const id = idOf(ask(session, 'one'));
    const next = ask(open(), 'one', { ttlMs: LONG });
    end(session, id);
    expect(state(next)).toBe('granted');
    for (const use of ['renew', 'release'] as const) {
      for (const user of [session, open()]) {
        const error = errorOf(() => leases[use](user, id));
        expect(error).toMatchObject({ code: 'lease_lost', details: { lease: id, reason } });
        expect(error.message).toBe(`The lease '${id}' has ended: ${reason}.`);
      }
    }
    leases.endSession(session);
    sweepAfter(10 * TTL);
    expect(ends()).toEqual([[id, reason]]);
    expect(state(next)).toBe('granted');
    expect(lost).toEqual(reason === 'expired' ? [[id, 'expired']] : []);
  });

  test('its holder is told before the next has it', () => {
    const order: string[] = [];
    const a = leases.openSession({}, () => order.push('lost'));
    ask(a, 'one');
    ask(open(), 'one', {}, () => order.push('granted'));
    sweepAfter(TTL);
    expect(order).toEqual(['lost', 'granted']);
  });

  test('why is remembered of the last ten thousand', () => {
    const a = open();
    for (let i = 0; i < 10_001; i++) leases.release(a, idOf(ask(a, 'one')));
    const codes = [1, 2, 10_001].map(
      (token) => errorOf(() => leases.renew(a, `one#${token}`)).code,
    );
    expect(codes).toEqual(['not_holder', 'lease_lost', 'lease_lost']);
  });

  test('a session that asked for no word of it gets none', () => {
    ask(leases.openSession({}), 'one');
    sweepAfter(TTL);
    expect(ends()).toEqual([['one#1', 'expired']]);
  });
});

describe('only its holder', () => {
  test('renews or releases a lease; another is refused, and the lease lives on', () => {
    const [holder, other] = [open(), open()];
    const id = idOf(ask(holder, 'one'));
    const waiting = ask(other, 'one');
    for (const use of ['renew', 'release'] as const) {
      const error = errorOf(() => leases[use](other, id));
      expect(error).toMatchObject({ code: 'not_holder', details: { lease: id } });
    }
    expect(state(waiting)).toBe('waiting');
    clock.advance(TTL - 1);
    errorOf(() => leases.renew(other, id));
    sweepAfter(HEARTBEAT_MS + 1);
    expect(ends()).toEqual([[id, 'expired']]);
  });

  test('nobody holds what was never granted', () => {
    const a = open();
    for (const id of ['one#1', '', '__proto__', 'x'.repeat(1_000)]) {
      expect(errorOf(() => leases.release(a, id)).code).toBe('not_holder');
      expect(errorOf(() => leases.renew(a, id)).message.length).toBeLessThan(200);
    }
  });

  test('the holder of a resource before does not touch the lease of the next', () => {
    const [a, b] = [open(), open()];
    const first = idOf(ask(a, 'one'));
    sweepAfter(TTL);
    const second = ask(b, 'one');
    expect(errorOf(() => leases.release(a, first)).code).toBe('lease_lost');
    expect(errorOf(() => leases.release(a, idOf(second))).code).toBe('not_holder');
    leases.release(b, idOf(second));
  });
});

describe('the end of a session', () => {
  test('frees all that it holds and drops all that it waits for, without a word to it', () => {
    const [a, b] = [open(), open()];
    const held = [ask(a, 'one'), ask(a, 'two'), lock(a, 'db'), slot(a)];
    const waits = [ask(a, 'one'), ask(a, 'one'), lock(a, 'db')];
    const others = [ask(b, 'one'), lock(b, 'db')];
    leases.endSession(a);
    expect(waits.map(state)).toEqual(['waiting', 'waiting', 'waiting']);
    expect(others.map(state)).toEqual(['granted', 'granted']);
    expect(got(slot(b))!.index).toBe(0);
    expect(new Set(ends())).toEqual(new Set(held.map((each) => [idOf(each), 'disconnected'])));
    expect(lost).toEqual([]);
    sweepAfter(2 * LONG);
    expect(waits.map(state)).toEqual(['waiting', 'waiting', 'waiting']);
  });

  test('comes once', () => {
    const a = open();
    ask(a, 'one');
    leases.endSession(a);
    leases.endSession(a);
    expect(journal.events().filter(({ type }) => type === 'session_end')).toHaveLength(1);
    expect(ends()).toEqual([['one#1', 'disconnected']]);
  });

  // A request that was on its way through a hook when the connection ended once got a lease that
  // nobody could release.
  test('is final: a request that comes late is refused, and holds nothing', () => {
    const a = open();
    leases.endSession(a);
    expect(errorOf(() => ask(a, 'one')).code).toBe('closed');
    expect(state(ask(open(), 'one'))).toBe('granted');
  });
});

describe('time', () => {
  test('a lease lives at least its TTL, and at most a heartbeat longer', () => {
    for (let offset = 0; offset < 100; offset += 7) {
      start();
      clock.advance(offset);
      ask(open(), 'one');
      sweepAfter(TTL - 0.5);
      expect(ends()).toEqual([]);
      sweepAfter(HEARTBEAT_MS + 0.5);
      expect(ends()).toEqual([['one#1', 'expired']]);
    }
  });

  test('only running time counts: neither a stall, nor the machine’s sleep, nor the wall clock', () => {
    ask(open(), 'one');
    clock.stall(3_600_000);
    leases.sweep();
    clock.setWall(clock.wallMs + 3_600_000);
    leases.sweep();
    clock.setWall(0);
    sweepAfter(TTL - 1);
    expect(ends()).toEqual([]);
    sweepAfter(1);
    expect(ends()).toEqual([['one#1', 'expired']]);
  });

  test('a renewal starts the TTL anew, for as often as it comes', () => {
    const a = open();
    const id = idOf(ask(a, 'one'));
    for (let i = 0; i < 20; i++) {
      sweepAfter(TTL - 1);
      expect(leases.renew(a, id).id).toBe(id);
    }
    sweepAfter(TTL - 1);
    expect(ends()).toEqual([]);
    sweepAfter(1 + HEARTBEAT_MS);
    expect(ends()).toEqual([[id, 'expired']]);
  });

  test('a renewal with a new TTL keeps it for the renewals that follow', () => {
    const a = open();
    const id = idOf(ask(a, 'one'));
    expect(leases.renew(a, id, 5 * TTL).ttlMs).toBe(5 * TTL);
    sweepAfter(4 * TTL);
    expect(leases.renew(a, id).ttlMs).toBe(5 * TTL);
    sweepAfter(5 * TTL - 1);
    expect(ends()).toEqual([]);
  });

  test('a renewal that was read before the sweep saves a lease that is past its time', () => {
    const a = open();
    const id = idOf(ask(a, 'one'));
    clock.advance(10 * TTL);
    leases.renew(a, id);
    leases.sweep();
    expect(ends()).toEqual([]);
  });

  test('a wait ends at its timeout on the running clock', () => {
    const [a, b] = [open(), open()];
    ask(a, 'one', { ttlMs: LONG });
    const waiting = ask(b, 'one', { timeoutMs: 500 });
    clock.stall(LONG);
    sweepAfter(499);
    expect(state(waiting)).toBe('waiting');
    sweepAfter(HEARTBEAT_MS + 1);
    expect(state(waiting)).toBe('wait_timeout');
    leases.endSession(a);
    expect(state(waiting)).toBe('wait_timeout');
  });

  test('what is freed in the moment of the timeout is still granted', () => {
    const [a, b] = [open(), open()];
    ask(a, 'one', { ttlMs: 500 });
    const waiting = ask(b, 'one', { timeoutMs: 500 });
    sweepAfter(500);
    expect(state(waiting)).toBe('granted');
  });
});

describe('a wait that timed out', () => {
  test('names pool, place, and holders with their tests, and no value', () => {
    const holder = open({ runner: 'vitest', worker: '3', pid: 4711 });
    ask(holder, 'one', { ttlMs: LONG, purpose: { test: 'buys', file: 'shop.test.ts' } });
    ask(open(), 'one');
    const asked = ask(open(), 'one', { timeoutMs: 500 });
    sweepAfter(500);
    expect(asked.error).toMatchObject({
      code: 'wait_timeout',
      details: {
        pool: 'one',
        place: 1,
        size: 1,
        waitedMs: 500,
        holders: [{ resource: 0, lease: 'one#1', heldMs: 500, worker: '3', test: 'buys' }],
      },
    });
    expect(asked.error!.message).toContain('held by vitest worker 3 (pid 4711), test');
    expect(asked.error!.message + JSON.stringify(asked.error!.details)).not.toContain(SECRET);
  });

  test('of 0 means now or never', () => {
    const a = open();
    const now = { timeoutMs: 0 };
    expect(state(ask(a, 'one', now))).toBe('granted');
    const refused = ask(a, 'one', now);
    expect(refused.error).toMatchObject({ code: 'wait_timeout', details: { place: 0 } });
    expect(state(ask(a, 'one'))).toBe('waiting');
    expect(ask(a, 'one', now).error!.details.place).toBe(1);
    leases.release(a, 'one#1');
    expect(state(refused)).toBe('wait_timeout');
  });
});

describe('giving up', () => {
  test('ends the wait, once, and has no effect on one that has ended', () => {
    const a = open();
    const granted = ask(a, 'one');
    const waiting = ask(a, 'one');
    leases.cancel(granted.waiter);
    leases.cancel(waiting.waiter);
    leases.cancel(waiting.waiter);
    expect([state(granted), state(waiting)]).toEqual(['granted', 'cancelled']);
    leases.release(a, idOf(granted));
    expect(state(waiting)).toBe('cancelled');
  });
});

describe('locks and slots', () => {
  test('a lock has one holder, and is made by asking for it', () => {
    const [a, b] = [open(), open()];
    const first = lock(a, '__proto__');
    const second = lock(b, '__proto__');
    expect([state(first), state(second), state(lock(b, 'other'))]).toEqual([
      'granted',
      'waiting',
      'granted',
    ]);
    expect(got(first)!.value).toBeNull();
    leases.release(a, idOf(first));
    expect(state(second)).toBe('granted');
  });

  test('a slot is the smallest number that nobody holds in its family', () => {
    const a = open();
    const [zero, , two] = [slot(a), slot(a), slot(a)];
    expect(got(slot(a, 'other'))!.value).toBe(0);
    leases.release(a, idOf(two!));
    leases.release(a, idOf(zero!));
    expect([slot(a), slot(a), slot(a)].map((each) => got(each)!.value)).toEqual([0, 2, 3]);
  });

  test('pools, locks and slots of one name are three things', () => {
    const a = open();
    leases.definePool('lock:one', { values: [1] });
    const all = [ask(a, 'one'), lock(a, 'one'), slot(a, 'one'), ask(a, 'lock:one')];
    expect(all.map(state)).toEqual(Array(4).fill('granted'));
  });

  test('they vanish when nobody holds or waits for them, however that came', () => {
    start({ maxImplicitPools: 1 });
    const [a, b] = [open(), open()];
    const free = (): void => {
      const probe = lock(b, 'probe');
      expect(state(probe)).toBe('granted');
      leases.release(b, idOf(probe));
    };
    leases.release(a, idOf(lock(a, 'x')));
    free();
    lock(a, 'x');
    sweepAfter(TTL);
    free();
    const held = lock(a, 'x');
    leases.cancel(lock(b, 'x').waiter);
    expect(state(lock(b, 'x', { timeoutMs: 0 }))).toBe('wait_timeout');
    expect(errorOf(() => lock(b, 'y')).code).toBe('too_many');
    leases.release(a, idOf(held));
    free();
    const slots = [slot(a), slot(a)];
    leases.release(a, idOf(slots[0]!));
    expect(errorOf(() => lock(b, 'y')).code).toBe('too_many');
    leases.endSession(a);
    free();
  });

  // The name once was forgotten together with its new holder, and the lock granted twice.
  test('a lock that its new holder gives back and takes anew in the same moment stays one', () => {
    const [a, b, c] = [open(), open(), open()];
    const first = lock(a, 'x');
    let again: Asked | undefined;
    const second = ask(b, 'x', { kind: 'lock' }, () => {
      leases.release(b, 'lock:x#2');
      again = lock(b, 'x');
    });
    leases.release(a, idOf(first));
    expect([state(second), state(again!)]).toEqual(['granted', 'granted']);
    expect(state(lock(c, 'x'))).toBe('waiting');
  });

  test('so does one that its first holder gives back and takes anew', () => {
    const a = open();
    let again: Asked | undefined;
    ask(a, 'x', { kind: 'lock' }, () => {
      leases.release(a, 'lock:x#1');
      again = lock(a, 'x');
    });
    expect([state(again!), state(lock(open(), 'x'))]).toEqual(['granted', 'waiting']);
  });
});

describe('a semaphore', () => {
  const semaphore = (session: Session, permits: number): Asked =>
    ask(session, 's', { kind: 'semaphore', permits });

  test('lets in as many at once as it has permits', () => {
    const sessions = [open(), open(), open()];
    const asked = sessions.map((session) => semaphore(session, 2));
    expect(asked.map(state)).toEqual(['granted', 'granted', 'waiting']);
    leases.endSession(sessions[1]!);
    expect(asked.map(state)).toEqual(['granted', 'granted', 'granted']);
    expect(asked.map((each) => got(each)!.value)).toEqual([null, null, null]);
  });

  test('is of one size while it is in use, and of any when it is not', () => {
    const [a, b] = [open(), open()];
    const held = semaphore(a, 2);
    const error = errorOf(() => semaphore(b, 3));
    expect(error).toMatchObject({
      code: 'config_mismatch',
      details: { pool: 'semaphore:s', size: 2, asked: 3 },
    });
    expect(error.message).toBe(
      "The semaphore 's' is in use with 2 permits, not 3: all who use it must name the same number.",
    );
    leases.release(a, idOf(held));
    expect(state(semaphore(b, 3))).toBe('granted');
  });
});

describe('refused at once', () => {
  test('a pool that does not exist, with the nearest that does', () => {
    expect(errorOf(() => ask(open(), 'tow'))).toMatchObject({ code: 'unknown_pool' });
    expect(errorOf(() => ask(open(), 'port')).details).toEqual({ pool: 'port', nearest: 'ports' });
    expect(errorOf(() => ask(open(), '__proto__')).code).toBe('unknown_pool');
  });

  test('a pool with nothing in it: no wait would end', () => {
    leases.definePool('none', { values: [] });
    expect(errorOf(() => ask(open(), 'none'))).toMatchObject({
      code: 'unsatisfiable',
      details: { pool: 'none', size: 0 },
    });
  });

  test('the name of a lock or slot family beyond the cap, in bytes', () => {
    start({ maxKeyBytes: 6 });
    const a = open();
    expect(state(lock(a, '€€'))).toBe('granted');
    expect(errorOf(() => lock(a, '€€x')).code).toBe('too_large');
    expect(errorOf(() => slot(a, 'sevenxx')).code).toBe('too_large');
  });

  test('more locks and slot families than the cap; those that exist go on', () => {
    start({ maxImplicitPools: 2 });
    const a = open();
    expect([state(lock(a, 'x')), state(slot(a))]).toEqual(['granted', 'granted']);
    expect(errorOf(() => lock(a, 'y')).message).toContain('limit maxImplicitPools: 2');
    expect(errorOf(() => slot(a, 't')).code).toBe('too_many');
    expect([state(lock(a, 'x')), state(slot(a))]).toEqual(['waiting', 'granted']);
  });

  test('more waiters than the cap, over all pools; those who wait go on', () => {
    start({ maxWaiters: 2 });
    const [a, b] = [open(), open()];
    const held = ask(a, 'one');
    lock(a, 'x');
    const waiting = [ask(b, 'one'), lock(b, 'x')];
    expect(errorOf(() => ask(b, 'one'))).toMatchObject({
      code: 'too_many',
      details: { maxWaiters: 2 },
    });
    leases.release(a, idOf(held));
    expect(waiting.map(state)).toEqual(['granted', 'waiting']);
    expect(state(ask(a, 'one'))).toBe('waiting');
  });

  test('more leases than the cap, over all pools, until one ends', () => {
    start({ maxLeases: 2 });
    const a = open();
    const held = [ask(a, 'one'), lock(a, 'x')];
    for (const refused of [() => ask(a, 'two'), () => ask(a, 'one')]) {
      expect(errorOf(refused)).toMatchObject({ code: 'too_many', details: { maxLeases: 2 } });
    }
    leases.release(a, idOf(held[0]!));
    expect(state(ask(a, 'two'))).toBe('granted');
  });

  test('one that was refused has left nothing behind', () => {
    start({ maxWaiters: 1, maxImplicitPools: 1 });
    const a = open();
    lock(a, 'x');
    lock(a, 'x');
    for (const name of ['x', 'y']) expect(errorOf(() => lock(a, name)).code).toBe('too_many');
    leases.endSession(a);
    const b = open();
    expect(state(lock(b, 'y'))).toBe('granted');
    expect(b.waits.length).toBe(0);
  });
});

describe('drain', () => {
  test('tells those who wait, grants nothing more, and leaves what is held', () => {
    const [a, b] = [open(), open()];
    const held = ask(a, 'one');
    const waiting = [ask(b, 'one'), lock(b, 'x'), lock(a, 'x'), ask(a, 'ports')];
    leases.drain();
    expect(waiting.map(state)).toEqual(['stopping', 'granted', 'stopping', 'stopping']);
    expect(errorOf(() => ask(a, 'two')).code).toBe('stopping');
    expect(leases.renew(a, idOf(held)).id).toBe('one#1');
    leases.release(a, idOf(held));
    checks[0]!.answer(true);
    expect(waiting.map(state)).toEqual(['stopping', 'granted', 'stopping', 'stopping']);
    leases.drain();
  });
});

describe('what is made once', () => {
  const once = (session: Session): Asked => ask(session, 'k', { kind: 'once' });

  test('is for all who wait for it, and they need not make it', () => {
    const a = open();
    const maker = once(a);
    const waiting = [once(open()), once(open())];
    leases.conclude(a, idOf(maker), '"made"');
    expect(waiting.map(state)).toEqual(['"made"', '"made"']);
    expect([a.leases.length, state(once(open()))]).toEqual([0, 'granted']);
  });

  test('and has failed, has failed for all who wait for it; who comes later tries anew', () => {
    const a = open();
    const maker = once(a);
    const waiting = [once(open()), once(open())];
    leases.conclude(a, idOf(maker), new BrokerError('once_failed', 'It broke.'));
    expect(waiting.map(state)).toEqual(['once_failed', 'once_failed']);
    expect(state(once(open()))).toBe('granted');
  });
});

describe('checks', () => {
  const ports = (session: Session, wish: Partial<Wish> = {}): Asked => ask(session, 'ports', wish);

  test('a resource is granted when its check has found it usable, not before', () => {
    const asked = ports(open());
    expect([state(asked), checks.map(({ index }) => index)]).toEqual(['waiting', [0]]);
    checks[0]!.answer(true);
    expect(got(asked)!.value).toBe(4000);
  });

  test('nothing is checked where that was not asked for, nor twice at once', () => {
    ask(open(), 'two');
    expect(checks).toEqual([]);
    [1, 2, 3].map(() => ports(open()));
    expect(checks.map(({ index }) => index)).toEqual([0, 1]);
  });

  test('a failing check gives the ticket back, and whatever is usable goes to the oldest', () => {
    const first = ports(open());
    const second = ports(open());
    const third = ports(open());
    checks[0]!.answer(false);
    expect([first, second, third].map(state)).toEqual(['waiting', 'waiting', 'waiting']);
    checks[1]!.answer(true);
    expect([first, second, third].map(state)).toEqual(['granted', 'waiting', 'waiting']);
    leases.release(first.lease!.session, idOf(first));
    checks[2]!.answer(true);
    expect([second, third].map(state)).toEqual(['granted', 'waiting']);
  });

  test('what failed cools, in view of the timeout, and is looked at again', () => {
    const asked = ports(open());
    checks[0]!.answer(false);
    checks[1]!.answer(false);
    const impatient = ports(open(), { timeoutMs: RETRY_MS / 2 });
    sweepAfter(RETRY_MS / 2);
    expect(impatient.error).toMatchObject({ details: { cooling: 2, holders: [], place: 1 } });
    sweepAfter(RETRY_MS / 2 - 1);
    expect(checks).toHaveLength(2);
    sweepAfter(1 + HEARTBEAT_MS);
    expect(checks).toHaveLength(3);
    checks[2]!.answer(true);
    expect(state(asked)).toBe('granted');
  });

  test('only running time cools', () => {
    ports(open());
    checks[0]!.answer(false);
    checks[1]!.answer(false);
    clock.stall(LONG);
    leases.sweep();
    expect(checks).toHaveLength(2);
  });

  test('what cooled with nobody waiting is checked when somebody asks', () => {
    const a = open();
    const gone = [ports(a), ports(a)];
    leases.endSession(a);
    for (const check of [...checks]) check.answer(false);
    sweepAfter(2 * RETRY_MS);
    expect(checks).toHaveLength(2);
    const asked = ports(open());
    checks[2]!.answer(true);
    expect([...gone.map(state), state(asked)]).toEqual(['waiting', 'waiting', 'granted']);
  });

  test('an answer after the wait has ended gives the resource to the next', () => {
    const a = open();
    const ended = [ports(a, { timeoutMs: 100 }), ports(open())];
    const next = [ports(open()), ports(open())];
    sweepAfter(200);
    leases.cancel(ended[1]!.waiter);
    expect(ended.map(state)).toEqual(['wait_timeout', 'cancelled']);
    expect(ended[0]!.error!.details.place).toBe(0);
    checks[0]!.answer(true);
    checks[1]!.answer(false);
    expect(checks.map(({ index }) => index)).toEqual([0, 1]);
    expect(next.map(state)).toEqual(['granted', 'waiting']);
    expect(ended.map(state)).toEqual(['wait_timeout', 'cancelled']);
  });

  test('an answer after the end of the session grants nothing to it', () => {
    const a = open();
    ports(a);
    leases.endSession(a);
    checks[0]!.answer(true);
    expect(a.leases.length).toBe(0);
    const [one, two] = [ports(open()), ports(open())];
    checks[1]!.answer(true);
    checks[2]!.answer(true);
    expect([state(one), state(two)]).toEqual(['granted', 'granted']);
  });

  test('the first answer counts', () => {
    for (const [first, second] of [
      [true, false],
      [true, true],
      [false, true],
      [false, false],
    ] as const) {
      start();
      const asked = ports(open());
      const other = ports(open());
      const { answer } = checks[0]!;
      answer(first);
      answer(second);
      checks[1]!.answer(true);
      answer(second);
      expect([state(asked), state(other)]).toEqual(['granted', first ? 'granted' : 'waiting']);
      expect(checks).toHaveLength(2);
      const states = leases.pools()[2]!.resources.map((resource) => resource.state);
      expect(states).toEqual([first ? 'held' : 'cooling', 'held']);
    }
  });

  test('"now or never" waits for the answer, and for nothing else', () => {
    clock.advance(10);
    const [yes, no] = [ports(open(), { timeoutMs: 0 }), ports(open(), { timeoutMs: 0 })];
    const none = ports(open(), { timeoutMs: 0 });
    expect([yes, no, none].map(state)).toEqual(['waiting', 'waiting', 'wait_timeout']);
    checks[0]!.answer(true);
    checks[1]!.answer(false);
    expect([yes, no].map(state)).toEqual(['granted', 'wait_timeout']);
  });

  test('"now or never" does not wait for ever for a check that hangs', () => {
    const asked = ports(open(), { timeoutMs: 0 });
    sweepAfter(NOW_MS - 1);
    expect(state(asked)).toBe('waiting');
    sweepAfter(1 + HEARTBEAT_MS);
    expect(state(asked)).toBe('wait_timeout');
    const next = ports(open(), { timeoutMs: 0 });
    checks[0]!.answer(true);
    checks[1]!.answer(true);
    expect(state(next)).toBe('granted');
  });

  test('"now or never" tries every free resource before it gives up', () => {
    const asked = ports(open(), { timeoutMs: 0 });
    checks[0]!.answer(false);
    expect(state(asked)).toBe('waiting');
    checks[1]!.answer(false);
    expect(state(asked)).toBe('wait_timeout');
  });

  test('checks that answer at once are taken, the failing ones of a large pool too', () => {
    const asked: number[] = [];
    start({}, ({ index }, answer) => {
      asked.push(index);
      answer(index === 19_999);
    });
    leases.definePool('large', { values: Array(20_000).fill(0), checked: true });
    expect(got(ask(open(), 'large'))!.index).toBe(19_999);
    expect(asked).toHaveLength(20_000);
    expect(state(ask(open(), 'large', { timeoutMs: 0 }))).toBe('wait_timeout');
    expect(state(ask(open(), 'large'))).toBe('waiting');
  });
});

describe('the journal', () => {
  test('tells the whole story, with nothing but names and numbers', () => {
    const a = open({ runner: 'vitest' });
    const b = open();
    const held = ask(a, 'one', { purpose: { test: 't' } });
    const waits = [ask(b, 'one', { timeoutMs: 100 }), ask(b, 'one')];
    sweepAfter(100);
    leases.release(a, idOf(held));
    leases.cancel(ask(a, 'one').waiter);
    leases.endSession(b);
    expect(waits.map(state)).toEqual(['wait_timeout', 'granted']);
    const story = journal.events().map(({ at, ms, ...happening }) => [ms, happening]);
    expect(at(0)).toBe(1_800_000_000_000);
    expect(story).toEqual([
      [0, { type: 'session', session: 1, identity: { runner: 'vitest' } }],
      [0, { type: 'session', session: 2, identity: {} }],
      [0, grant(1, 1, 1, 0, { test: 't' })],
      [0, { type: 'wait', ticket: 2, pools: ['one'], session: 2, purpose: {} }],
      [0, { type: 'wait', ticket: 3, pools: ['one'], session: 2, purpose: {} }],
      [100, { type: 'wait_end', ticket: 2, reason: 'timeout' }],
      [100, { type: 'end', lease: 'one#1', reason: 'released', heldMs: 100 }],
      [100, grant(3, 2, 2, 100, {})],
      [100, { type: 'wait', ticket: 4, pools: ['one'], session: 1, purpose: {} }],
      [100, { type: 'wait_end', ticket: 4, reason: 'cancelled' }],
      [100, { type: 'end', lease: 'one#2', reason: 'disconnected', heldMs: 0 }],
      [100, { type: 'session_end', session: 2 }],
    ]);
    expect(JSON.stringify(story)).not.toContain(SECRET);

    function at(event: number): number {
      return journal.events()[event]!.at;
    }
    function grant(
      ticket: number,
      token: number,
      session: number,
      waitedMs: number,
      purpose: object,
    ) {
      const lease = `one#${token}`;
      const resources = [{ pool: 'one', resource: 0 }];
      return { type: 'grant', ticket, lease, resources, session, purpose, waitedMs };
    }
  });

  test('says why each wait ended', () => {
    const [a, b, c] = [open(), open(), open()];
    ask(a, 'one', { ttlMs: LONG });
    ask(b, 'one', { timeoutMs: 50 });
    leases.cancel(ask(b, 'one').waiter);
    ask(c, 'one');
    ask(a, 'one');
    sweepAfter(50);
    leases.endSession(c);
    leases.drain();
    const reasons = journal.events().flatMap((e) => (e.type === 'wait_end' ? [e.reason] : []));
    expect(reasons).toEqual(['cancelled', 'timeout', 'disconnected', 'stopped']);
  });
});
