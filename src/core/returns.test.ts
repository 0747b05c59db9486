import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, HEARTBEAT_MS, RETRY_MS } from '../protocol/limits.ts';
import type { LockMode } from '../protocol/messages.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import type { Care } from './pool.ts';
import type { Resource } from './resource.ts';
import type { Return } from './returns.ts';
import type { Session } from './session.ts';
import type { Wish } from './waiters.ts';

const TTL = 1_000;
const LONG = 100_000_000;

let clock: FakeClock;
let journal: Journal;
let leases: Leases;
let checks: Hook[];
let resets: (Hook & { after: Return })[];
let quarantined: number[];

/** One that was started, in order. */
interface Hook {
  index: number;
  answer(usable: boolean): void;
}

beforeEach(() => {
  clock = new FakeClock();
  journal = new Journal(clock);
  checks = [];
  resets = [];
  quarantined = [];
  lost = [];
  leases = new Leases(clock, DEFAULT_LIMITS, journal, {
    check: ({ index }, answer) => checks.push({ index, answer }),
    reset: ({ index }, after, answer) => resets.push({ index, after, answer }),
    quarantined: ({ index }) => quarantined.push(index),
  });
});

/** A pool of so many resources. */
function pool(care: Care, size = 1): Resource[] {
  leases.definePool('p', { values: Array(size).fill(null), ...care });
  return leases.pools()[0]!.resources;
}

/** What the holders of leases were told of their ends. */
let lost: [lease: string, reason: string][];

const open = (): Session => leases.openSession({}, ({ id }, reason) => lost.push([id, reason]));

interface Asked {
  session: Session;
  lease?: HeldLease;
  error?: BrokerError;
}

const answerAtOnce = (_: Resource, __: Return, answer: (usable: boolean) => void): void =>
  answer(true);

/** Asks for one of the pool, unless it says otherwise. */
function ask({
  session = open(),
  kind = 'pool',
  name = 'p',
  count,
  ...wish
}: Partial<Wish & Want & { session: Session }> = {}): Asked {
  const asked: Asked = { session };
  const wants = [{ kind, name, count }];
  leases.request(
    session,
    { wants, ttlMs: LONG, timeoutMs: LONG, purpose: {}, ...wish },
    {
      granted: (lease) => Object.assign(asked, { lease }),
      refused: (error) => Object.assign(asked, { error }),
    },
  );
  return asked;
}

const state = ({ lease, error }: Asked): string => (lease ? 'granted' : (error?.code ?? 'waiting'));
const release = ({ session, lease }: Asked, dirty?: boolean): void =>
  leases.release(session, lease!.id, dirty);
const retire = ({ session, lease }: Asked, why?: string): void =>
  leases.retire(session, lease!.id, why);

function sweepAfter(ms: number): void {
  clock.advance(ms);
  leases.sweep();
}

/** What a resource went through, as the journal has it. */
const way = (): string[] =>
  journal.events().flatMap((event) => (event.type === 'resource' ? [event.state] : []));

function codeOf(act: () => void): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    throw error;
  }
  return undefined;
}

describe('a resource that comes back', () => {
  test('is free at once where nothing is to be done with it', () => {
    const [resource] = pool({});
    release(ask());
    expect([resource!.state, way()]).toEqual(['free', []]);
  });

  test('rests, is reset, and only then is for the next', () => {
    const [resource] = pool({ cooldownMs: 200, reset: true });
    const held = ask();
    const next = ask();
    release(held);
    expect(resource!.state).toBe('cooling');
    clock.stall(LONG);
    sweepAfter(199);
    expect([resource!.state, resets.length]).toEqual(['cooling', 0]);
    sweepAfter(1 + HEARTBEAT_MS);
    expect([resource!.state, resets.length]).toEqual(['resetting', 1]);
    sweepAfter(LONG / 2);
    expect(state(next)).toBe('waiting');
    resets[0]!.answer(true);
    expect([state(next), way()]).toEqual(['granted', ['cooling', 'resetting', 'free']]);
  });

  test("is nobody's, reset at once or not, until all of its lease is back", () => {
    const hooks = { check() {}, reset: answerAtOnce, quarantined() {} };
    leases = new Leases(clock, DEFAULT_LIMITS, journal, hooks, () => 0);
    pool({ reset: true, prefer: 'random' }, 2);
    const held = ask({ count: 2 });
    const next = ask();
    release(held);
    // Shuffled by zeros, the one that came back last comes first.
    expect(next.lease!.all[0]).toBe(held.lease!.all[1]);
  });

  test('is free after its cooldown where there is no reset', () => {
    const [resource] = pool({ cooldownMs: 200 });
    release(ask());
    sweepAfter(200 + HEARTBEAT_MS);
    expect([resource!.state, resets]).toEqual(['free', []]);
  });

  test.each<[string, Return, (asked: Asked) => void]>([
    ['released', { reason: 'released', dirty: false }, (asked) => release(asked)],
    ['released dirty', { reason: 'released', dirty: true }, (asked) => release(asked, true)],
    ['expired', { reason: 'expired', dirty: true }, () => sweepAfter(TTL)],
    [
      'left by its holder',
      { reason: 'disconnected', dirty: true },
      ({ session }) => leases.endSession(session),
    ],
    ['revoked', { reason: 'revoked', dirty: true }, ({ lease }) => leases.revoke(lease!.id)],
    [
      'left when the broker stopped',
      { reason: 'stopped', dirty: true },
      ({ session }) => {
        leases.drain();
        leases.endSession(session);
      },
    ],
  ])('%s tells its reset so', (_, after, end) => {
    pool({ reset: true });
    end(ask({ ttlMs: TTL }));
    expect(resets.map((reset) => reset.after)).toEqual([after]);
  });

  test('tells its reset the same after each try', () => {
    pool({ reset: true });
    leases.revoke(ask().lease!.id);
    resets[0]!.answer(false);
    sweepAfter(RETRY_MS);
    expect(resets.map(({ after }) => after.reason)).toEqual(['revoked', 'revoked']);
  });

  test('keeps only itself where its reset never answers', () => {
    pool({ reset: true }, 2);
    release(ask());
    for (let i = 0; i < 3; i++) {
      const asked = ask();
      expect(asked.lease!.resources[0]![0]!.index).toBe(1);
      release(asked);
      resets.at(-1)!.answer(true);
    }
    expect(resets.map(({ index }) => index)).toEqual([0, 1, 1, 1]);
  });

  test('takes the first answer of its reset', () => {
    for (const [first, state] of [
      [true, 'held'],
      [false, 'cooling'],
    ] as const) {
      const [resource] = pool({ reset: true });
      release(ask());
      const { answer } = resets.at(-1)!;
      answer(first);
      if (first) ask();
      answer(!first);
      expect(resource!.state).toBe(state);
    }
  });
});

describe('what fails', () => {
  /** How long it takes until there are more of these, to within a heartbeat. */
  function nextAfter(hooks: Hook[], expected: number): number {
    const before = hooks.length;
    sweepAfter(expected - 1);
    if (hooks.length > before) return 0;
    sweepAfter(1 + HEARTBEAT_MS);
    return hooks.length > before ? expected : Number.POSITIVE_INFINITY;
  }

  test('is tried again after twice as long each time, up to half a minute', () => {
    pool({ reset: true, tries: 100 });
    release(ask());
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      resets.at(-1)!.answer(false);
      expect(nextAfter(resets, seconds * 1_000)).toBe(seconds * 1_000);
    }
  });

  test('as often as its pool says is quarantined, which is told once, and left alone', () => {
    const [resource] = pool({ reset: true, tries: 3 });
    release(ask());
    for (const tries of [1, 2, 3]) {
      expect([resets.length, quarantined]).toEqual([tries, []]);
      resets.at(-1)!.answer(false);
      sweepAfter(30_000);
    }
    resets.at(-1)!.answer(true);
    sweepAfter(LONG);
    expect([resource!.state, resets.length, quarantined]).toEqual(['quarantined', 3, [0]]);
    expect(way().at(-1)).toBe('quarantined');
  });

  test('starts to count anew when it has been of use', () => {
    pool({ reset: true, tries: 3 });
    for (let round = 0; round < 3; round++) {
      release(ask());
      for (const usable of [false, false, true]) {
        resets.at(-1)!.answer(usable);
        sweepAfter(30_000);
      }
    }
    expect(quarantined).toEqual([]);
  });

  test('counts checks and resets together', () => {
    pool({ checked: true, reset: true, tries: 2 });
    ask();
    checks[0]!.answer(false);
    sweepAfter(RETRY_MS);
    resets[0]!.answer(false);
    expect(quarantined).toEqual([0]);
  });

  test('in a check is reset where there is a reset, and checked again', () => {
    pool({ checked: true, reset: true, tries: 9 });
    const asked = ask();
    checks[0]!.answer(false);
    expect(nextAfter(resets, RETRY_MS)).toBe(RETRY_MS);
    expect(resets[0]!.after).toEqual({ reason: 'released', dirty: true });
    resets[0]!.answer(true);
    expect([state(asked), checks.length]).toEqual(['waiting', 2]);
    checks[1]!.answer(true);
    expect(state(asked)).toBe('granted');
  });

  test('in a check is checked again where there is no reset, later each time', () => {
    pool({ checked: true, tries: 4 });
    ask();
    for (const seconds of [1, 2, 4]) {
      checks.at(-1)!.answer(false);
      expect(nextAfter(checks, seconds * 1_000)).toBe(seconds * 1_000);
    }
    checks.at(-1)!.answer(false);
    expect(quarantined).toEqual([0]);
  });

  test('without a bound, as a port does, is tried each second for ever', () => {
    pool({ checked: true });
    const asked = ask();
    for (let i = 0; i < 100; i++) {
      checks.at(-1)!.answer(false);
      expect(nextAfter(checks, RETRY_MS)).toBe(RETRY_MS);
    }
    checks.at(-1)!.answer(true);
    expect([state(asked), quarantined]).toEqual(['granted', []]);
  });

  test('in several checks for one request costs only what failed', () => {
    const resources = pool({ checked: true }, 3);
    const asked = ask({ count: 2 });
    checks[0]!.answer(false);
    expect(checks).toHaveLength(2);
    checks[1]!.answer(true);
    expect(checks.map(({ index }) => index)).toEqual([0, 1, 2]);
    checks[2]!.answer(true);
    expect(asked.lease!.resources.flat()).toHaveLength(2);
    expect(resources.map((resource) => resource.state)).toEqual(['cooling', 'held', 'held']);
  });
});

describe('what was checked for a request', () => {
  const one = (name: string, where?: number[]): Want => ({ kind: 'pool', name, where });
  const two = (name: string): Want => ({ kind: 'pool', name, count: 2 });
  const lock = (mode: LockMode): Want => ({ kind: 'lock', name: 'l', mode });
  const scoped = { within: ['test'], until: 'test' };

  beforeEach(() => {
    leases.definePool('p', { values: [1, 2, 3], checked: true });
    leases.definePool('r', { values: [1, 2], checked: true });
    leases.definePool('q', { values: [1, 2] });
  });

  /** Answers the checks, one after the other, until there are no more. */
  function works(): void {
    for (let answers = 0; checks.length > 0; answers++) {
      expect(answers, 'checks by turns').toBeLessThan(100);
      checks.shift()!.answer(true);
    }
  }

  /** Answers as many of the checks. */
  function answer(...usable: boolean[]): void {
    for (const works of usable) checks.shift()!.answer(works);
  }

  // Once an older request that lacked something else claimed just what was checked for a later one,
  // and that one was checked the next, without end.
  test('is for it, where an older one can claim another, which is then for nobody younger', () => {
    ask({ wants: [two('q')] });
    const older = ask({ wants: [one('p'), one('q')] });
    const asked = ask({ count: 2 });
    const behind = ask({ wants: [one('p', [1])] });
    expect(checks.map(({ index }) => index)).toEqual([1, 2]);
    answer(true, true);
    expect([older, asked, behind].map(state)).toEqual(['waiting', 'granted', 'waiting']);
    expect(checks).toEqual([]);
  });

  // Once the older one claimed what was checked for one of two claims, and so on.
  test('is for it, also where its claims could be met in another way', () => {
    const [held] = [ask({ name: 'q' }), ask({ name: 'q' })];
    const older = ask({ wants: [one('p'), one('q')] });
    const asked = ask({ wants: [one('p'), one('p', [3])] });
    works();
    expect([older, asked].map(state)).toEqual(['waiting', 'granted']);
    release(held!);
    works();
    expect(state(older)).toBe('granted');
  });

  // Once the two had the same checked by turns, without end.
  test('is for it, where one that an older one waits for has another checked meanwhile', () => {
    const { session } = ask({ name: 'q', ...scoped });
    const older = ask({ wants: [two('p'), two('q')] });
    const asked = ask({ wants: [one('p', [1, 3]), two('r')] });
    const holder = ask({ session, ...scoped });
    works();
    expect([older, asked, holder].map(state)).toEqual(['waiting', 'granted', 'granted']);
  });

  test('is for it, though older ones are back that can claim it, or not even that', () => {
    const claims = ask({ wants: [one('p'), two('r')] });
    const [same, asked] = [ask(), ask()];
    answer(false, false, true, false, true);
    expect([claims, same, asked].map(state)).toEqual(['waiting', 'waiting', 'granted']);
  });

  test('is for an older one that is back, and has all with some of it', () => {
    const older = ask({ wants: [one('p'), one('q')] });
    const asked = ask({ count: 2 });
    answer(false, true, true);
    expect([older, asked].map(state)).toEqual(['granted', 'waiting']);
    sweepAfter(RETRY_MS + HEARTBEAT_MS);
    works();
    expect(state(asked)).toBe('granted');
  });

  test('is not for it where an older one has by then the lock that goes with it', () => {
    const held = ask({ wants: [two('q')], ...scoped });
    const { session } = held;
    const older = ask({ wants: [one('q'), lock('exclusive')] });
    const asked = ask({ session, ...scoped, wants: [one('p'), lock('shared')] });
    release(held);
    expect([older, asked].map(state)).toEqual(['waiting', 'waiting']);
    answer(true);
    expect([older, asked].map(state)).toEqual(['granted', 'waiting']);
    release(older);
    works();
    expect(state(asked)).toBe('granted');
  });
});

describe('what is lost', () => {
  test('by quarantine is waited for no more where it was the last', () => {
    pool({ reset: true, tries: 1 });
    const held = ask();
    const waits = ask();
    release(held);
    expect(state(waits)).toBe('waiting');
    resets[0]!.answer(false);
    expect(state(waits)).toBe('unsatisfiable');
    expect(codeOf(() => ask())).toBe('unsatisfiable');
  });

  test('by quarantine leaves those who wait with the others', () => {
    pool({ reset: true, tries: 1 }, 2);
    const held = [ask(), ask()];
    const waits = ask();
    release(held[0]!);
    resets[0]!.answer(false);
    expect(state(waits)).toBe('waiting');
    release(held[1]!);
    resets[1]!.answer(true);
    expect(state(waits)).toBe('granted');
  });

  test('is refused to whom it was checked for', () => {
    for (const timeoutMs of [LONG, 0]) {
      pool({ checked: true, tries: 1 });
      const asked = ask({ timeoutMs });
      checks.at(-1)!.answer(false);
      expect(state(asked)).toBe('unsatisfiable');
    }
    expect(quarantined).toEqual([0, 0]);
  });

  test('by its holder’s word is neither reset nor granted again, and the word is kept', () => {
    const [resource] = pool({ reset: true, tries: 1 });
    const held = ask();
    retire(held, 'the account is locked');
    sweepAfter(LONG);
    expect([resource!.state, way(), resets, quarantined]).toEqual(['retired', ['retired'], [], []]);
    const end = journal.events().find(({ type }) => type === 'end');
    expect(end).toMatchObject({ reason: 'retired', why: 'the account is locked' });
    expect(codeOf(() => ask())).toBe('unsatisfiable');
    expect(codeOf(() => release(held))).toBe('lease_lost');
    // Whose word it is need not be told.
    expect(lost).toEqual([]);
  });

  test('is only what wears out: a lock stays', () => {
    for (const kind of ['lock', 'slot'] as const) {
      const held = ask({ kind });
      expect(codeOf(() => retire(held))).toBe('bad_request');
      release(held);
    }
    expect(state(ask({ kind: 'lock' }))).toBe('granted');
  });
});

describe('a lease that is revoked', () => {
  test('is lost to its holder, who is told, and its resource goes to the next', () => {
    pool({});
    ask();
    const waits = ask();
    leases.revoke('p#1', 'it hangs');
    expect([lost, state(waits)]).toEqual([[['p#1', 'revoked']], 'granted']);
    expect(journal.events()).toContainEqual(
      expect.objectContaining({ type: 'end', reason: 'revoked', why: 'it hangs' }),
    );
    expect(codeOf(() => leases.revoke('p#1'))).toBe('lease_lost');
    expect(codeOf(() => leases.revoke('p#9'))).toBe('not_found');
  });
});
