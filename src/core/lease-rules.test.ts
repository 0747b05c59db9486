import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, NOTICE_MS } from '../protocol/limits.ts';
import type { Notice } from '../protocol/messages.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import type { Hooks } from './returns.ts';
import type { Session } from './session.ts';
import type { Waiter, Wish } from './waiters.ts';

const LONG = 1_000_000;
const HOOKS: Hooks = {
  check: (_, answer) => checks.push(answer),
  reset() {},
  quarantined() {},
};

let clock: FakeClock;
let leases: Leases;
/** By which checks are answered. */
let checks: ((usable: boolean) => void)[];
/** Flows, each of a session of its own. */
let [f1, f2, f3, f4] = [] as Session[] as [Session, Session, Session, Session];

beforeEach(() => {
  clock = new FakeClock();
  checks = [];
  leases = new Leases(clock, DEFAULT_LIMITS, new Journal(clock), HOOKS);
  for (const name of ['a', 'b', 'c', 'd']) leases.definePool(name, { values: [name] });
  leases.definePool('two', { values: ['left', 'right'] });
  leases.definePool('three', { values: [1, 2, 3] });
  [f1, f2, f3, f4] = [open(), open(), open(), open()];
});

const open = (): Session => leases.openSession({ runner: 'vitest' });

/** A request, and what became of it. */
interface Asked {
  session: Session;
  waiter?: Waiter;
  lease?: HeldLease;
  error?: BrokerError;
  told: [Notice, string][];
}

/** Asks for pools, by their names. Unless it says otherwise, within its flow, and for as long as that lasts. */
function ask(session: Session, wanted: string | Want[], wish: Partial<Wish> = {}): Asked {
  const asked: Asked = { session, told: [] };
  const wants =
    typeof wanted === 'string'
      ? wanted.split(' ').map((name): Want => ({ kind: 'pool', name }))
      : wanted;
  const within = wish.within ?? ['flow'];
  try {
    asked.waiter = leases.request(
      session,
      { wants, ttlMs: LONG, timeoutMs: LONG, purpose: {}, until: within[0], ...wish, within },
      {
        granted: (lease) => Object.assign(asked, { lease }),
        refused: (error) => Object.assign(asked, { error }),
        notice: (...notice) => asked.told.push(notice),
      },
    );
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    asked.error = error;
  }
  return asked;
}

const state = ({ lease, error }: Asked): string => (lease ? 'has it' : (error?.code ?? 'waits'));
const states = (...asked: Asked[]): string[] => asked.map(state);
const notices = ({ told }: Asked): Notice[] => told.map(([notice]) => notice);
const valuesOf = ({ lease }: Asked): unknown[] => lease!.resources.flat().map(({ value }) => value);
const release = ({ session, lease }: Asked): void => leases.release(session, lease!.id);
const retire = ({ session, lease }: Asked): void => leases.retire(session, lease!.id);
const cycleOf = ({ error }: Asked) => error?.details.cycle as { pools: string[]; lease: string }[];

function sweepAfter(ms: number): void {
  clock.advance(ms);
  leases.sweep();
}

const shared: Want[] = [{ kind: 'lock', name: 'l', mode: 'shared' }];
const exclusive: Want[] = [{ kind: 'lock', name: 'l' }];
const some = (name: string, want: Partial<Want>): Want[] => [{ kind: 'pool', name, ...want }];

describe('what simpler rules get wrong', () => {
  test('1: an older request steps aside for whom it waits for through another older one', () => {
    const held = ask(f1, 'a');
    const both = ask(f2, 'a b');
    const behind = ask(f3, 'b');
    const own = ask(f1, 'b');
    expect(states(both, behind, own)).toEqual(['waits', 'waits', 'has it']);
    release(own);
    release(held);
    expect(states(both, behind)).toEqual(['has it', 'waits']);
    release(both);
    expect(state(behind)).toBe('has it');
  });

  test('2: a path of waits leads over claims as well as over leases', () => {
    ask(f1, 'a');
    ask(f2, 'b');
    const older = [ask(f3, 'a c'), ask(f4, 'b d')];
    const first = ask(f1, 'c d');
    expect(state(first)).toBe('waits');
    const second = ask(f2, 'c d');
    expect(states(...older, first, second)).toEqual(['waits', 'waits', 'has it', 'waits']);
    leases.endSession(f1);
    expect(states(...older, second)).toEqual(['has it', 'waits', 'waits']);
    leases.endSession(f3);
    expect(states(...older, second)).toEqual(['has it', 'waits', 'has it']);
    leases.endSession(f2);
    expect(states(...older)).toEqual(['has it', 'has it']);
  });

  test('3: who waits already is served by the exception when its resource is released', () => {
    ask(f1, 'a');
    const held = ask(f2, 'b');
    const both = ask(f3, 'a b');
    const own = ask(f1, 'b');
    expect(states(both, own)).toEqual(['waits', 'waits']);
    release(held);
    expect(states(both, own)).toEqual(['waits', 'has it']);
  });

  test('4: a new wait can open the exception for an older request', () => {
    ask(f1, 'a');
    ask(f2, 'c');
    const both = ask(f3, 'c b');
    const own = ask(f1, 'b');
    expect(states(both, own)).toEqual(['waits', 'waits']);
    // Now who waits for c waits for who has a.
    const other = ask(f2, 'a');
    expect(states(both, own, other)).toEqual(['waits', 'has it', 'waits']);
  });

  test('4: so can a wait that is given up', () => {
    ask(f1, 'a');
    ask(f4, 'c');
    const stranger = ask(f3, 'c b');
    const both = ask(f2, 'a b');
    const own = ask(f1, 'b');
    expect(states(both, own)).toEqual(['waits', 'waits']);
    leases.cancel(stranger.waiter!);
    expect(states(both, own)).toEqual(['waits', 'has it']);
  });

  test('5: overlapping readers do not starve a writer', () => {
    const readers = [ask(f1, shared), ask(f2, shared)];
    const writer = ask(f3, exclusive);
    const late = ask(f4, shared);
    expect(states(...readers, writer, late)).toEqual(['has it', 'has it', 'waits', 'waits']);
    readers.forEach(release);
    expect(states(writer, late)).toEqual(['has it', 'waits']);
    release(writer);
    expect(state(late)).toBe('has it');
  });

  test('6: a claim is a number: it moves to what others cannot use', () => {
    ask(f1, 'c');
    const older = ask(f2, 'two c');
    const particular = ask(f3, some('two', { where: 'left' }));
    expect(states(older, particular)).toEqual(['waits', 'has it']);
    // The number stays: what is left is for the older one.
    expect(state(ask(f4, 'two'))).toBe('waits');
  });

  test('7: who waits for what is lost is told at once', () => {
    const held = ask(f1, 'a');
    const waits = ask(f2, 'a');
    retire(held);
    expect(state(waits)).toBe('unsatisfiable');
  });

  test('7: a loss can close a cycle', () => {
    const held = ask(f1, 'two');
    ask(f2, 'b');
    const wayOut = ask(f3, 'two');
    const older = ask(f1, 'b');
    const younger = ask(f2, 'two');
    expect(states(older, younger)).toEqual(['waits', 'waits']);
    retire(wayOut);
    expect(states(older, younger)).toEqual(['waits', 'deadlock']);
    expect(cycleOf(younger).map(({ lease }) => lease)).toContain(held.lease!.id);
  });

  test('7: so can a grant, where branches share a scope', () => {
    const branches = open();
    const held = ask(f1, 'a');
    ask(f2, 'b');
    const one = ask(branches, 'a', { within: ['one', 'test'], until: 'test' });
    const other = ask(f2, 'a');
    const two = ask(branches, 'b', { within: ['two', 'test'] });
    expect(states(one, other, two)).toEqual(['waits', 'waits', 'waits']);
    release(held);
    expect(states(one, other, two)).toEqual(['has it', 'waits', 'deadlock']);
  });

  test('8: of those that are stuck, one on a cycle is told, not one who only waits for it', () => {
    ask(f1, 'two');
    ask(f2, 'b');
    const wayOut = ask(f3, 'two');
    const older = ask(f1, 'b');
    const younger = ask(f2, 'two');
    const youngest = ask(f4, 'two');
    retire(wayOut);
    expect(states(older, younger, youngest)).toEqual(['waits', 'deadlock', 'waits']);
    leases.endSession(f2);
    expect(states(older, youngest)).toEqual(['has it', 'waits']);
    leases.endSession(f1);
    expect(state(youngest)).toBe('has it');
  });

  test('9: parallel branches of one worker do not accuse each other', () => {
    const held = ask(f1, 'a', { within: ['one', 'test'] });
    const waits = ask(f1, 'a', { within: ['two', 'test'] });
    expect([state(waits), notices(waits)]).toEqual(['waits', []]);
    release(held);
    expect(state(waits)).toBe('has it');
  });
});

describe('a deadlock', () => {
  test('is found when it closes, and names its steps', () => {
    const one = ask(f1, 'a');
    const two = ask(f2, 'b');
    const older = ask(f1, 'b');
    const newcomer = ask(f2, 'a');
    expect(states(older, newcomer)).toEqual(['waits', 'deadlock']);
    expect(cycleOf(newcomer)).toEqual([
      { pools: ['a'], lease: one.lease!.id, runner: 'vitest' },
      { pools: ['b'], lease: two.lease!.id, runner: 'vitest' },
    ]);
    release(two);
    expect(state(older)).toBe('has it');
  });

  test('is none where one outside of the cycle may yet give back', () => {
    for (const flow of [f1, f2]) ask(flow, 'two');
    leases.definePool('spare', { values: [1, 2] });
    const spare = ask(f3, 'spare');
    ask(f1, 'spare');
    const one = ask(f1, 'two');
    const two = ask(f2, 'spare');
    expect(states(one, two)).toEqual(['waits', 'waits']);
    release(spare);
    expect(state(two)).toBe('has it');
  });

  test('is none for "now or never", which waits for nobody', () => {
    ask(f1, 'a');
    ask(f2, 'b');
    ask(f2, 'a');
    expect(state(ask(f1, 'b', { timeoutMs: 0 }))).toBe('wait_timeout');
    expect(state(ask(f1, 'a', { timeoutMs: 0 }))).toBe('wait_timeout');
    expect(state(ask(f1, 'b'))).toBe('deadlock');
  });

  test('leaves nothing of the request behind', () => {
    ask(f1, 'a');
    expect(state(ask(f1, 'a'))).toBe('deadlock');
    expect([f1.waits.length, leases.pools()[0]!.waiting]).toEqual([0, 0]);
    leases.endSession(f1);
    expect(state(ask(f2, 'a'))).toBe('has it');
  });
});

describe('a lock that its flow holds already', () => {
  test('may be shared again within a shared one, past a writer that waits', () => {
    ask(f1, shared);
    const writer = ask(f2, exclusive);
    expect(states(ask(f1, shared), writer, ask(f3, shared))).toEqual(['has it', 'waits', 'waits']);
  });

  test.each([
    ['exclusive within shared', shared, exclusive],
    ['exclusive within exclusive', exclusive, exclusive],
    ['shared within exclusive', exclusive, shared],
  ])('%s waits for itself', (_, outer, inner) => {
    const held = ask(f1, outer);
    const upgrade = ask(f1, inner);
    expect(state(upgrade)).toBe('deadlock');
    expect(cycleOf(upgrade).map(({ lease }) => lease)).toEqual([held.lease!.id]);
    expect(upgrade.error!.message).toContain('This request waits for what it holds itself');
  });
});

describe('a lease that lasts as long as its worker', () => {
  const within = ['test', 'worker'];
  const lasting = { within, until: 'worker' };

  test('is told at once to who needs its end, once', () => {
    ask(f1, 'a', lasting);
    const waits = ask(f2, 'a');
    expect(notices(waits)).toEqual(['worker_scope']);
    expect(waits.told[0]![1]).toContain("scope 'worker'");
    leases.cancel(ask(f3, 'a').waiter!);
    expect([state(waits), notices(waits)]).toEqual(['waits', ['worker_scope']]);
  });

  test('is told to those who waited before it was granted', () => {
    const held = ask(f1, 'a');
    ask(f2, 'a', lasting);
    const waits = ask(f3, 'a');
    expect(notices(waits)).toEqual([]);
    release(held);
    expect(notices(waits)).toEqual(['worker_scope']);
  });

  test('is not told to "now or never", which waits for no end', () => {
    ask(f1, 'a', { within: ['worker'] });
    const never = ask(f2, 'a', { timeoutMs: 0 });
    expect([state(never), notices(never)]).toEqual(['wait_timeout', []]);
  });

  test('is not told to who can have another one', () => {
    ask(f1, 'two', lasting);
    ask(f2, 'two');
    const waits = ask(f3, 'two');
    expect([state(waits), notices(waits)]).toEqual(['waits', []]);
  });

  test('makes the claims of who needs its end bind only those that would last as long', () => {
    const held = ask(f1, 'a', lasting);
    const waits = ask(f2, 'a b');
    const passing = ask(f3, 'b');
    expect(state(passing)).toBe('has it');
    release(passing);
    expect(states(ask(f4, 'b', lasting), waits)).toEqual(['waits', 'waits']);
    release(held);
    expect(state(waits)).toBe('has it');
  });

  // Once only the first of them was, and those behind it were overtaken.
  test('makes the claims of all who would last as long bind the others', () => {
    ask(f1, 'a', lasting);
    const parked = ask(f2, [...some('a', {}), ...some('two', { count: 2 })]);
    const older = [ask(f3, 'two', lasting), ask(f4, 'two', lasting)];
    const newcomer = ask(open(), 'two');
    expect(states(parked, ...older, newcomer)).toEqual(Array(4).fill('waits'));
    leases.cancel(parked.waiter!);
    expect(states(...older, newcomer)).toEqual(['has it', 'has it', 'waits']);
  });

  test('is no deadlock unless its worker waits', () => {
    ask(f1, 'a', lasting);
    ask(f2, 'b');
    const waits = ask(f2, 'a');
    expect(state(waits)).toBe('waits');
    expect(state(ask(f1, 'b', { within }))).toBe('deadlock');
  });
});

describe('a lease that may be released by hand while its flow waits', () => {
  test('makes no deadlock, but a warning at once, that the timeout repeats', () => {
    const held = ask(f1, 'a', { early: true });
    ask(f2, 'b');
    const older = ask(f1, 'b');
    const closing = ask(f2, 'a', { timeoutMs: 100 });
    expect(states(older, closing)).toEqual(['waits', 'waits']);
    expect([older, closing].map(notices)).toEqual([['perhaps_deadlock'], ['perhaps_deadlock']]);
    const [[, warning] = ['', '']] = closing.told;
    expect(warning).toContain('Perhaps a deadlock');
    expect(warning).toContain('a[0] is held by vitest');
    sweepAfter(100);
    expect(closing.error!.message).toContain(warning);
    expect(older.told[0]![1]).toBe(warning);
    expect(closing.error!.message).not.toContain('or wait longer');
    const again = ask(f2, 'a');
    release(held);
    expect(state(again)).toBe('has it');
  });

  test('warns who waits already, where a branch beside gets a lease that closes the cycle', () => {
    ask(f2, 'a');
    const held = ask(f3, 'b');
    const waits = ask(f1, 'a');
    const beside = ask(f1, 'b', { early: true });
    const closing = ask(f2, 'b');
    expect([notices(waits), notices(closing)]).toEqual([[], []]);
    release(held);
    expect(states(waits, beside, closing)).toEqual(['waits', 'has it', 'waits']);
    expect(notices(waits)).toEqual(['perhaps_deadlock']);
  });

  test('warns nobody who only waits for those who may wait for each other', () => {
    ask(f1, 'a', { early: true });
    ask(f2, 'b');
    ask(f1, 'b');
    ask(f2, 'a');
    ask(f3, 'c');
    expect(notices(ask(f3, 'a'))).toEqual([]);
  });
});

describe('what can never be met', () => {
  test('is refused at once, whoever holds what now', () => {
    ask(f1, 'two');
    for (const wants of [
      some('two', { count: 3 }),
      some('two', { where: 'top' }),
      some('two', { not: ['left', 'right'] }),
      some('two', { where: 'left', count: 2 }),
      [...some('two', { count: 2 }), ...some('two', { where: 'left' })],
    ]) {
      expect(state(ask(f2, wants))).toBe('unsatisfiable');
    }
    expect(states(ask(f2, some('two', { count: 2 })))).toEqual(['waits']);
  });

  test('is refused when the last that would do is lost; others go on', () => {
    const left = ask(f1, some('two', { where: 'left' }));
    ask(f2, some('two', { where: 'right' }));
    const waiting = [{ where: 'left' }, { count: 2 }, { not: 'left' }, {}].map((want) =>
      ask(f3, some('two', want), { within: [] }),
    );
    retire(left);
    expect(states(...waiting)).toEqual(['unsatisfiable', 'unsatisfiable', 'waits', 'waits']);
    leases.endSession(f2);
    expect(states(...waiting.slice(2))).toEqual(['has it', 'waits']);
  });
});

describe('several at once', () => {
  test('are granted together or not at all, in the order of the wants', () => {
    const held = ask(f1, 'b');
    const both = ask(f2, 'b a');
    const behind = ask(f3, 'a');
    expect([...states(both, behind), f2.leases.length]).toEqual(['waits', 'waits', 0]);
    release(held);
    expect(valuesOf(both)).toEqual(['b', 'a']);
    expect([both.lease!.id, f2.leases.length]).toEqual(['b#2', 1]);
    release(both);
    expect(state(behind)).toBe('has it');
  });

  test('leave what they claimed to the next when given up', () => {
    ask(f1, 'b');
    const both = ask(f2, 'b a');
    const behind = ask(f3, 'a');
    leases.cancel(both.waiter!);
    expect(state(behind)).toBe('has it');
  });

  test('of one pool are as many different ones as were asked for', () => {
    ask(f1, 'three');
    const most = ask(f2, [...some('three', { count: 1 }), ...some('three', { where: 2 })]);
    expect(valuesOf(most)).toEqual([3, 2]);
  });

  test('are not starved by those who come and go one by one', () => {
    const held = ['three', 'three', 'three'].map((name) => ask(open(), name));
    const all = ask(f1, some('three', { count: 3 }));
    const later: Asked[] = [];
    for (const each of held) {
      later.push(ask(open(), 'three'));
      expect(state(all)).toBe('waits');
      release(each);
    }
    expect(states(all, ...later)).toEqual(['has it', 'waits', 'waits', 'waits']);
  });

  // The exception once took a lock that was held back for a check for one that is held, and fell over it for good.
  test('hold back a lock while the rest is checked; others are served meanwhile', () => {
    leases.definePool('checked', { values: [1], checked: true });
    const lock: Want = { kind: 'lock', name: 'l' };
    const both = ask(f1, [{ kind: 'pool', name: 'checked' }, lock]);
    const held = ask(f2, 'a');
    ask(f3, [lock, { kind: 'pool', name: 'two', count: 2 }]);
    expect(state(ask(f2, 'two'))).toBe('waits');
    const next = ask(f4, 'a');
    release(held);
    checks[0]!(true);
    expect(states(both, next)).toEqual(['has it', 'has it']);
  });

  test('leave no lock behind where one of them is refused, or given up', () => {
    leases = new Leases(
      clock,
      { ...DEFAULT_LIMITS, maxImplicitPools: 1 },
      new Journal(clock),
      HOOKS,
    );
    const lock: Want = { kind: 'lock', name: 'l' };
    leases.definePool('a', { values: ['a'] });
    const session = open();
    expect(state(ask(session, [lock, { kind: 'pool', name: 'none' }]))).toBe('unknown_pool');
    expect(state(ask(session, [lock, lock]))).toBe('bad_request');
    expect(state(ask(session, [lock, ...some('a', { count: 2 })]))).toBe('unsatisfiable');
    const other = () => ask(session, [{ kind: 'lock', name: 'other' }]);
    const held = other();
    expect(state(held)).toBe('has it');
    release(held);
    ask(session, 'a');
    const waits = ask(open(), [lock, ...some('a', {})]);
    expect(states(waits, other())).toEqual(['waits', 'too_many']);
    leases.cancel(waits.waiter!);
    expect(state(other())).toBe('has it');
  });

  test('are no two claims on one lock', () => {
    expect(ask(f1, [...shared, ...exclusive]).error).toMatchObject({ code: 'bad_request' });
  });

  // Once the exception took the lock of such a request for a lease, and broke.
  test('are nobody’s while some of them are checked, and bar others already', () => {
    leases.definePool('checked', { values: [1], checked: true });
    const checking = ask(f1, [...some('checked', {}), ...exclusive]);
    const older = ask(f2, [...exclusive, ...some('b', {})]);
    ask(f3, 'a');
    const holder = ask(f3, 'b');
    expect(states(checking, older, holder)).toEqual(['waits', 'waits', 'waits']);
    checks[0]!(true);
    expect(states(checking, older, holder)).toEqual(['has it', 'waits', 'waits']);
    release(checking);
    expect(states(older, holder)).toEqual(['has it', 'waits']);
  });
});

describe('a long wait', () => {
  test('is told whom it waits for, once, when it has lasted so long', () => {
    ask(f1, 'a', { purpose: { test: 'buys' } });
    const waits = ask(f2, 'a');
    clock.advance(1);
    const later = ask(f3, 'a');
    sweepAfter(NOTICE_MS - 2);
    expect(notices(waits)).toEqual([]);
    sweepAfter(1);
    expect([waits, later].map(notices)).toEqual([['slow'], []]);
    expect(waits.told[0]![1]).toContain("held by vitest, test 'buys'");
    sweepAfter(1);
    sweepAfter(10 * NOTICE_MS);
    expect([waits, later].map(notices)).toEqual([['slow'], ['slow']]);
  });

  test('of very many is told to some at a time, and in the end to all', () => {
    ask(f1, 'a');
    const all = Array.from({ length: 250 }, () => ask(f2, 'a'));
    const told = () => all.filter((each) => notices(each).length === 1).length;
    sweepAfter(NOTICE_MS);
    expect(told()).toBe(100);
    sweepAfter(1);
    sweepAfter(1);
    expect(told()).toBe(250);
  });

  // Once it was not told afterwards either.
  test('for a check is not told, for nobody holds it; but when it goes on after the check', () => {
    leases.definePool('checked', { values: [1], checked: true });
    const waits = ask(f1, 'checked');
    sweepAfter(2 * NOTICE_MS);
    expect([state(waits), notices(waits)]).toEqual(['waits', []]);
    checks[0]!(false);
    sweepAfter(1);
    expect([state(waits), notices(waits)]).toEqual(['waits', ['slow']]);
  });
});
