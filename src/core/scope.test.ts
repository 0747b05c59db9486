import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import { Scope } from './scope.ts';
import { Session } from './session.ts';

const clock = new FakeClock();
const hooks = { check() {}, reset() {}, quarantined() {} };
const leases = new Leases(clock, DEFAULT_LIMITS, new Journal(clock), hooks);
leases.definePool('p', { values: [1] });

function ask(session: Session, within: string[], count?: number) {
  const granted: HeldLease[] = [];
  const wish = { ttlMs: 1e6, timeoutMs: 1e6, purpose: {}, within, until: within[0] };
  const waiter = leases.request(
    session,
    { ...wish, wants: [{ kind: 'pool', name: 'p', count }] },
    { granted: (lease) => granted.push(lease), refused() {} },
  );
  return { waiter, lease: () => granted[0]! };
}

test('a scope of a name is one while something is in it, of each session its own', () => {
  const [one, other] = [leases.openSession({}), leases.openSession({})];
  const held = ask(one, ['block', 'test']);
  const block = held.lease().until!;
  expect(one.scope('block')).toBe(block);
  const waits = ask(other, ['block']);
  const [within] = waits.waiter.within;
  expect(within).not.toBe(block);
  expect(other.scope('block')).toBe(within);
  leases.release(one, held.lease().id);
  expect(waits.lease().until).toBe(within);
  leases.endSession(other);
});

test('a scope is forgotten with the last thing in it, however that ended', () => {
  const session = leases.openSession({});
  const forgotten = (scope: Scope): boolean => session.scope(scope.id) !== scope;
  const held = ask(session, ['one', 'test']);
  const [one, outer] = held.waiter.within;
  // Nothing ends with it, and nothing waits in it.
  expect(forgotten(outer!)).toBe(true);
  const waits = [ask(session, ['two']), ask(session, ['two'])];
  const [two] = waits[0]!.waiter.within;
  leases.cancel(waits[0]!.waiter);
  expect([one, two].map((scope) => forgotten(scope!))).toEqual([false, false]);
  leases.cancel(waits[1]!.waiter);
  expect(forgotten(two!)).toBe(true);
  leases.release(session, held.lease().id);
  expect(forgotten(one!)).toBe(true);
  const refused = session.scope('three');
  expect(() => ask(session, ['three'], 2)).toThrow('cannot give 2 of its 1');
  expect(forgotten(refused)).toBe(true);
});

test('only the scope of the worker lasts', () => {
  expect(['test', 'worker'].map((id) => new Scope(id).lasting)).toEqual([false, true]);
});

test('processes that take one worker’s place in turn are that worker; clients without a name are themselves', () => {
  const worker = (id: number, identity: object) => new Session(id, identity).worker;
  const first = worker(1, { runner: 'vitest', worker: '1', pid: 1 });
  expect(worker(2, { runner: 'vitest', worker: '1', pid: 2 })).toBe(first);
  expect(worker(3, { runner: 'jest', worker: '1' })).not.toBe(first);
  expect(worker(4, { runner: 'vitest', worker: '2' })).not.toBe(first);
  expect(worker(5, { runner: 'vitest' })).not.toBe(worker(6, { runner: 'vitest' }));
});
