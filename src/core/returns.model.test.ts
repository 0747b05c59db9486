import fc from 'fast-check';
import { test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, MAX_RETRY_MS } from '../protocol/limits.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import { Matching } from './matching.ts';
import type { ListPool } from './pool.ts';
import { must, programStep } from './program-model.ts';
import type { Resource } from './resource.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

/** Programs; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000) / 5;
const LONG = 1e9;

const wants: Want[] = [
  { kind: 'pool', name: 'plain' },
  { kind: 'pool', name: 'checked' },
  { kind: 'pool', name: 'checked', where: [1, 2], count: 2 },
  { kind: 'pool', name: 'checked', where: [3] },
  { kind: 'pool', name: 'reset' },
  { kind: 'pool', name: 'reset', count: 2 },
  { kind: 'pool', name: 'both' },
  { kind: 'lock', name: 'l' },
  { kind: 'lock', name: 'l', mode: 'shared' },
  { kind: 'slot', name: 's' },
];
const SCOPES: [string[], string | undefined][] = [
  [[], undefined],
  [['test'], 'test'],
  [['block', 'test', 'worker'], 'test'],
  [['test', 'worker'], 'worker'],
];

/** More than 60 steps can lead to. */
const MANY_ANSWERS = 10_000;

/** Sees each grant in the moment in which it is made. */
class Grants extends Journal {
  seen: (waiter: Waiter, lease: HeldLease) => void = () => {};

  override granted(waiter: Waiter, lease: HeldLease): void {
    super.granted(waiter, lease);
    this.seen(waiter, lease);
  }
}

/** Leases whose checks and resets answer when they like, and as they like. */
class World {
  readonly clock = new FakeClock();
  readonly sessions: Session[] = [];
  readonly waiters: Waiter[] = [];
  /** Checks and resets without an answer. */
  readonly hooks: { resource: Resource; answer: (usable: boolean) => void }[] = [];
  readonly lost = new Set<Resource>();
  readonly leases: Leases;
  readonly #answered = new Set<number>();

  constructor() {
    const start = (resource: Resource, answer: (usable: boolean) => void) => {
      const busy = this.hooks.some((hook) => hook.resource === resource);
      must(!busy, 'a resource has one hook at a time');
      this.hooks.push({ resource, answer });
    };
    const journal = new Grants(this.clock);
    journal.seen = (waiter, lease) => this.#overtakesNobody(waiter, lease);
    this.leases = new Leases(this.clock, DEFAULT_LIMITS, journal, {
      check: start,
      reset: (resource, _, answer) => start(resource, answer),
      quarantined: (resource) => {
        must(!this.lost.has(resource), 'a quarantine is told once');
        this.lost.add(resource);
      },
    });
    this.leases.definePool('plain', { values: [1, 2] });
    this.leases.definePool('checked', { values: [1, 2, 3], checked: true });
    this.leases.definePool('reset', { values: [1, 2, 3], reset: true, cooldownMs: 100, tries: 3 });
    this.leases.definePool('both', { values: [1, 2], checked: true, reset: true, tries: 4 });
    for (let i = 0; i < 4; i++) this.open(i);
  }

  open(i: number): void {
    this.sessions[i] = this.leases.openSession({});
  }

  request(i: number, asked: Want[], scope: number, timeoutMs: number): void {
    const [within, until] = SCOPES[scope]!;
    const wish = { wants: asked, ttlMs: LONG, timeoutMs, purpose: {}, within, until };
    const nth = this.waiters.length;
    const answered = this.#answered;
    const answer = () => {
      must(!answered.has(nth), 'a request is answered once');
      answered.add(nth);
    };
    try {
      const waiter = this.leases.request(this.sessions[i]!, wish, {
        granted: answer,
        refused: answer,
      });
      this.waiters.push(waiter);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      must(!answered.has(nth), 'a request is answered once');
    }
  }

  /** None who is older could have had all that it asks for, had this not been granted. */
  #overtakesNobody({ ticket }: Waiter, { all }: HeldLease): void {
    // What lasts as long as a worker goes by other rules.
    if (this.leases.allPools().some(({ lasting }) => lasting > 0)) return;
    const claims = new Matching((resource) => resource.state === 'free' || all.includes(resource));
    for (const older of this.leases.allWaiting()) {
      if (!older.queue || older.ticket > ticket) continue;
      must(!claims.add(older), 'nobody is overtaken for what it could use');
    }
  }

  /** All leases, and by how many waiting requests each is kept. */
  #held() {
    return this.sessions.flatMap((session) =>
      [...session.leases].map((lease) => {
        const { id, resources } = lease;
        return { session, id, resources, heldBy: [...lease.heldBy(false)].length };
      }),
    );
  }

  end(nth: number, act: 'release' | 'retire' | 'revoke'): void {
    const all = this.#held();
    const one = all[nth % all.length];
    if (!one) return;
    const ofPools = one.resources.flat().every(({ pool }) => pool.kind === 'pool');
    if (act === 'revoke') this.leases.revoke(one.id);
    else if (act === 'release' || ofPools) this.leases[act](one.session, one.id);
  }

  answer(nth: number, usable: boolean): void {
    const [hook] = this.hooks.splice(nth % this.hooks.length, 1);
    hook?.answer(usable);
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    this.leases.sweep();
  }

  /** What holds between two events. */
  settled(): void {
    const held = new Set<Resource>();
    for (const { id, resources } of this.#held()) {
      for (const resource of resources.flat()) {
        must(!held.has(resource), 'no resource is in two hands');
        must(resource.state === 'held' && resource.lease?.id === id, 'what is held is held');
        held.add(resource);
      }
    }
    const busy = new Set(this.hooks.map(({ resource }) => resource));
    for (const pool of this.leases.pools()) {
      const free = [...(pool as ListPool).free];
      must(free.length === (pool as ListPool).free.size, 'the free are counted right');
      for (const resource of pool.resources) {
        const { state } = resource;
        must((state === 'held') === held.has(resource), 'only what a lease has is held');
        must((state === 'free') === free.includes(resource), 'what is free is among the free');
        must(!resource.verified, 'no check is good for later');
        if (state === 'resetting') must(busy.has(resource), 'a reset has been started');
      }
    }
  }

  /** All that was asked of others is answered well, and all leases end: nobody is left. */
  finish(): void {
    for (let answers = 0; ; ) {
      while (this.hooks.length > 0) {
        must(++answers < MANY_ANSWERS, 'nothing is checked by turns, for ever');
        this.answer(0, true);
      }
      this.pass(MAX_RETRY_MS + 1_000);
      if (this.hooks.length > 0) continue;
      const end = this.#held().find(({ heldBy }) => heldBy === 0);
      if (!end) break;
      this.leases.release(end.session, end.id);
    }
    this.settled();
    must(
      this.sessions.every(({ waits, leases }) => waits.length + leases.length === 0),
      'no silent hang',
    );
    for (const { resources } of this.leases.pools()) {
      must(
        resources.every(({ state, gone }) => gone || state === 'free'),
        'all is free or lost',
      );
    }
  }
}

const step = programStep<World>;
const nth = fc.nat(30);
const session = fc.nat(3);
const request = fc
  .tuple(
    session,
    fc.uniqueArray(fc.constantFrom(...wants), { minLength: 1, maxLength: 3 }),
    fc.nat(SCOPES.length - 1),
    fc.constantFrom(0, 300, LONG, LONG),
  )
  .map(([i, asked, scope, timeoutMs]) =>
    step(`request(${i}, ${JSON.stringify(asked)}, ${scope}, ${timeoutMs})`, (world) =>
      world.request(i, asked, scope, timeoutMs),
    ),
  );
const end = fc
  .tuple(nth, fc.constantFrom(...(['release', 'release', 'release', 'retire', 'revoke'] as const)))
  .map(([n, act]) => step(`${act}(${n})`, (world) => world.end(n, act)));
const answer = fc
  .tuple(nth, fc.boolean())
  .map(([n, usable]) => step(`answer(${n}, ${usable})`, (world) => world.answer(n, usable)));
const pass = fc.constantFrom(60, 400, 5_000).map((ms) => step(`pass(${ms})`, (w) => w.pass(ms)));
const cancel = nth.map((n) =>
  step(`cancel(${n})`, ({ leases, waiters }) => {
    if (waiters.length > 0) leases.cancel(waiters.at(-1 - (n % waiters.length))!);
  }),
);
const leave = session.map((i) =>
  step(`endSession(${i})`, (world) => {
    world.leases.endSession(world.sessions[i]!);
    world.open(i);
  }),
);
const anyStep = fc.oneof(
  { weight: 10, arbitrary: request },
  { weight: 5, arbitrary: end },
  { weight: 8, arbitrary: answer },
  { weight: 3, arbitrary: pass },
  { weight: 1, arbitrary: cancel },
  { weight: 1, arbitrary: leave },
);

test(
  'whatever checks and resets answer, and when: no resource is in two hands, none gets lost, and nobody hangs',
  () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (program) => {
        const world = new World();
        for (const { act } of program) {
          act(world);
          world.settled();
        }
        world.finish();
      }),
      { numRuns: RUNS },
    );
  },
  60_000 + RUNS * 20,
);
