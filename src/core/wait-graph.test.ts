import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import { Leases } from './leases.ts';
import type { Session } from './session.ts';
import { cycleThrough, needsWorkersEnd, stuckAmong, WaitGraph } from './wait-graph.ts';
import type { Waiter, Wish } from './waiters.ts';

let leases: Leases;
let [f1, f2, f3, f4] = [] as Session[] as [Session, Session, Session, Session];

beforeEach(() => {
  const clock = new FakeClock();
  const hooks = { check() {}, reset() {}, quarantined() {} };
  leases = new Leases(clock, DEFAULT_LIMITS, new Journal(clock), hooks);
  for (const name of ['a', 'b', 'c', 'd']) leases.definePool(name, { values: [name] });
  leases.definePool('two', { values: ['left', 'right'] });
  [f1, f2, f3, f4] = [open(), open(), open(), open()];
});

const open = (): Session => leases.openSession({});

/** Asks for pools by their names, within a flow of the session. */
function ask(session: Session, wanted: string | Want[], wish: Partial<Wish> = {}): Waiter {
  const wants =
    typeof wanted === 'string'
      ? wanted.split(' ').map((name): Want => ({ kind: 'pool', name }))
      : wanted;
  const full = { ttlMs: 1e6, timeoutMs: 1e6, purpose: {}, within: ['flow'], until: 'flow' };
  return leases.request(session, { ...full, wants, ...wish }, { granted() {}, refused() {} });
}

const lock = (mode: Want['mode']): Want[] => [{ kind: 'lock', name: 'l', mode }];

describe('one request waits for another', () => {
  test('that holds what it lacks, also by way of others, and for none behind it', () => {
    ask(f1, 'a');
    ask(f2, 'b');
    const one = ask(f1, 'c d b');
    const two = ask(f3, 'a');
    const graph = new WaitGraph([one, two]);
    expect([graph.waitingFor(one).has(two), graph.waitingFor(two).has(one)]).toEqual([true, false]);
  });

  test('only where that holds something: a claim alone is waited for as long as it lasts', () => {
    ask(f1, 'a');
    const claimant = ask(f2, 'a b');
    ask(f3, 'c');
    const behind = ask(f3, 'b');
    const graph = new WaitGraph([claimant, behind]);
    expect(graph.waitingFor(claimant).has(behind)).toBe(false);
  });

  test('that holds what would do for it, not one that holds anything else of the pool', () => {
    leases.definePool('many', { values: [1, 2, 3] });
    for (const flow of [f1, f2]) ask(flow, 'many');
    ask(open(), 'c');
    const [first, second] = [ask(f1, 'c'), ask(f2, 'c')];
    const one = ask(f3, [{ kind: 'pool', name: 'many', where: 1 }]);
    const both = ask(f4, [{ kind: 'pool', name: 'many', where: [2, 3], count: 2 }]);
    const graph = new WaitGraph([first, second, one, both]);
    const waits = [one, both].map((from) =>
      [first, second].map((to) => graph.waitingFor(to).has(from)),
    );
    expect(waits).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test('that has a lock for itself', () => {
    ask(f1, lock('exclusive'));
    ask(open(), 'c');
    const holder = ask(f1, 'c');
    const reader = ask(f2, lock('shared'));
    expect(new WaitGraph([holder, reader]).waitingFor(holder).has(reader)).toBe(true);
  });

  test('by its claim on a lock as well as by its hold of one', () => {
    ask(f1, 'a');
    ask(open(), 'b');
    ask(f4, lock('shared'));
    const writer = ask(f2, [...lock('exclusive'), { kind: 'pool', name: 'a' }]);
    const reader = ask(f3, lock('shared'));
    const one = ask(f1, 'b');
    const other = ask(f4, 'b');
    const graph = new WaitGraph([writer, reader, one, other]);
    const waits = [one, other].map((to) => [
      graph.waitingFor(to).has(reader),
      graph.waitingFor(reader).has(to),
    ]);
    expect(waits).toEqual([
      [true, false],
      [true, false],
    ]);
  });
});

describe('a deadlock', () => {
  test('is no wait for those who can be served, one after the other', () => {
    ask(f1, 'a');
    ask(f2, 'b');
    ask(f1, 'b');
    expect(stuckAmong([ask(f3, 'a')]).size).toBe(0);
  });

  test('is told by its shortest cycle', () => {
    ask(f4, 'd');
    ask(f1, 'two');
    ask(f2, 'two');
    ask(f3, 'c');
    ask(f2, 'c');
    ask(f3, 'd');
    ask(f1, 'd');
    let error: BrokerError | undefined;
    try {
      ask(f4, 'two');
    } catch (thrown) {
      error = thrown as BrokerError;
    }
    expect(error).toMatchObject({
      code: 'deadlock',
      details: {
        cycle: [
          { pools: ['two'], lease: 'two#2' },
          { pools: ['d'], lease: 'd#1' },
        ],
      },
    });
  });

  test('has no cycle through one that only waits for it', () => {
    ask(f1, 'a', { early: true });
    ask(f2, 'b', { early: true });
    ask(f1, 'b');
    ask(f2, 'a');
    const bystander = ask(f3, 'a');
    const stuck = stuckAmong([bystander], true);
    expect([stuck.size, cycleThrough(bystander, stuck, true)]).toEqual([3, undefined]);
    expect([...stuck].slice(1).map((each) => cycleThrough(each, stuck, true)!.length)).toEqual([
      2, 2,
    ]);
    expect(stuckAmong([bystander]).size).toBe(0);
  });
});

test('a request needs the end of a worker where without it too few would do', () => {
  ask(f1, 'two', { within: ['worker'], until: 'worker' });
  ask(f2, 'two');
  const waiting = [{}, { where: 'left' }, { where: 'right' }, { count: 2 }].map((want) =>
    ask(f3, [{ kind: 'pool', name: 'two', ...want }], { within: [] }),
  );
  expect(waiting.map(needsWorkersEnd)).toEqual([false, true, false, true]);
});
