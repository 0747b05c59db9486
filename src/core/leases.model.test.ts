import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import { LeaseModel } from './lease-model.ts';
import { Leases } from './leases.ts';
import type { PoolKind } from './pool.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

/** Rounds; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000);
const CAPS = { maxWaiters: 6, maxImplicitPools: 2 };

/** Pools with their sizes; locks and slot families are made by asking for them. */
const NAMES = ['one', 'three', 'checked', 'hasty', 'lock:x', 'lock:y', 'slot:s'] as const;
type Name = (typeof NAMES)[number];

/** The leases under test, and a model that hears of each of their events as it happens. */
class World {
  readonly model = new LeaseModel(CAPS);
  readonly clock = new FakeClock();
  readonly journal = new Journal(this.clock);
  readonly sessions: Session[] = [];
  readonly waiters: Waiter[] = [];
  readonly checks: {
    pool: string;
    index: number;
    answer: (usable: boolean) => void;
    done: boolean;
  }[] = [];
  /** What checks that answer at once say. */
  hastyAnswer = true;
  readonly leases: Leases;

  constructor() {
    const { model } = this;
    const limits = { ...DEFAULT_LIMITS, ...CAPS };
    this.leases = new Leases(this.clock, limits, this.journal, {
      check: ({ pool, index }, answer) => {
        model.checkStarted(pool.name, index);
        const check = { pool: pool.name, index, answer, done: false };
        this.checks.push(check);
        if (pool.name === 'hasty') this.answer(check, this.hastyAnswer);
      },
      reset: () => {},
      quarantined: () => {},
    });
    for (const [name, size, checked] of [
      ['one', 1, false],
      ['three', 3, false],
      ['checked', 2, true],
      ['hasty', 2, true],
    ] as const) {
      this.leases.definePool(name, { values: Array(size).fill(null), checked });
      model.addPool(name, size, checked);
    }
    model.addPool('lock:x', 1);
    model.addPool('lock:y', 1);
    model.addPool('slot:s', Number.POSITIVE_INFINITY);
    this.open();
    this.open();
  }

  open(): void {
    const number = this.sessions.length;
    this.model.live.add(number);
    this.sessions.push(
      this.leases.openSession({}, ({ id }, reason) => this.model.ended(id, reason)),
    );
  }

  /** One of the sessions, rarely one that has ended. */
  pick(n: number): number {
    const live = [...this.model.live];
    return n % 8 === 0 || live.length === 0 ? n % this.sessions.length : live[n % live.length]!;
  }

  endSession(number: number): void {
    if (this.model.live.has(number)) this.model.sessionEnds(number);
    this.leases.endSession(this.sessions[number]!);
  }

  request(number: number, pool: Name, ttlMs: number, timeoutMs: number): void {
    const { model } = this;
    // Whether it would have to queue is known only when its check is answered, and that may be at once.
    if (model.full && model.pools.get(pool)!.checked) return;
    const expected = model.verdictOnRequest(number, pool, timeoutMs);
    const ticket = expected ? -1 : model.request(number, pool, ttlMs, timeoutMs);
    const [kind, name] = pool.includes(':') ? pool.split(':') : ['pool', pool];
    const got = verdict(() => {
      const waiter = this.leases.request(
        this.sessions[number]!,
        { wants: [{ kind: kind as PoolKind, name: name! }], ttlMs, timeoutMs, purpose: {} },
        {
          granted: ({ id, resources, token, session }) => {
            const resource = resources[0]![0]!;
            if (resource.pool.name !== pool || session !== this.sessions[number])
              throw new Error('a lease of another');
            model.granted(ticket, id, resource.index, token);
          },
          refused: ({ code, details }) => {
            const holders = (details.holders as { lease: string }[] | undefined)?.map(
              (h) => h.lease,
            );
            model.refused(ticket, code, details.place as number, holders);
          },
        },
      );
      this.waiters.push(waiter);
    });
    count(`request ${got ?? 'taken'}`);
    same(got, expected);
  }

  use(which: number, by: number | undefined, act: 'renew' | 'release', ttlMs?: number): void {
    const ids = ['one#0', ...this.model.leases.keys()];
    const id = ids.at(-1 - (which % ids.length))!;
    const holder = this.model.leases.get(id)?.session ?? 0;
    const number = by === undefined ? holder : by % this.sessions.length;
    const expected = this.model.verdictOnUse(number, id);
    if (!expected && act === 'renew') this.model.renewed(id, ttlMs);
    if (!expected && act === 'release') this.model.ended(id, 'released');
    const got = verdict(() =>
      act === 'renew'
        ? this.leases.renew(this.sessions[number]!, id, ttlMs)
        : this.leases.release(this.sessions[number]!, id),
    );
    count(`${act} ${got ?? 'done'}`);
    same(got, expected);
  }

  answer(check: World['checks'][number], usable: boolean): void {
    count(`answer ${check.done ? 'again' : usable}`);
    if (!check.done) this.model.checkAnswered(check.pool, check.index, usable);
    check.done = true;
    check.answer(usable);
  }

  sweep(): void {
    this.model.now = this.clock.running();
    this.model.sweep(() => this.leases.sweep());
  }

  drain(): void {
    this.model.draining = true;
    this.leases.drain();
    same(this.model.waits.filter(({ state }) => state !== 'over').length, 0);
  }

  /** Every grant and every end is in the journal, once. */
  checkJournal(): void {
    const events = this.journal.events();
    for (const event of events)
      count('reason' in event ? `${event.type} ${event.reason}` : event.type);
    const grants = events.flatMap((event) => (event.type === 'grant' ? event.lease : []));
    const ends = events.flatMap((e) => (e.type === 'end' ? [[e.lease, e.reason] as const] : []));
    expect(grants).toEqual([...this.model.leases.keys()]);
    const ended = [...this.model.leases].filter(([, lease]) => lease.ended);
    expect(ends.length).toBe(ended.length);
    expect(new Map(ends)).toEqual(new Map(ended.map(([id, lease]) => [id, lease.ended])));
  }
}

/** The code of the error, or why the lease was lost. */
function verdict(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return error.code === 'lease_lost' ? error.details.reason : error.code;
  }
}

/** What the rounds must have come to, each often: otherwise they prove less than they seem to. */
const REACHED = [
  ...['taken', 'too_many', 'closed', 'stopping'].map((code) => `request ${code}`),
  ...['done', 'not_holder', 'released', 'expired', 'disconnected'].flatMap((code) => [
    `renew ${code}`,
    `release ${code}`,
  ]),
  ...['true', 'false', 'again'].map((kind) => `answer ${kind}`),
  ...['released', 'expired', 'disconnected', 'stopped'].map((reason) => `end ${reason}`),
  ...['timeout', 'cancelled', 'disconnected', 'stopped'].map((reason) => `wait_end ${reason}`),
];
const seen = new Map<string, number>();
const count = (what: unknown): unknown => seen.set(String(what), (seen.get(String(what)) ?? 0) + 1);

function same(got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`got ${got}, expected ${expected}`);
}

class Step implements fc.Command<World, World> {
  readonly #name: string;
  readonly #act: (world: World) => void;

  constructor(name: string, act: (world: World) => void) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  run(world: World): void {
    this.#act(world);
    world.model.settled();
  }

  toString(): string {
    return this.#name;
  }
}

const nth = fc.nat(30);
const ttl = fc.integer({ min: 100, max: 600 });
const timeout = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 }), fc.constant(100_000));
const someone = fc.option(nth, { nil: undefined, freq: 2 });
const step = (name: string, act: (world: World) => void) => new Step(name, act);

const request = fc
  .tuple(nth, fc.constantFrom(...NAMES), ttl, timeout)
  .map(([n, pool, ttlMs, timeoutMs]) =>
    step(`request(${n}, ${pool}, ttl ${ttlMs}, timeout ${timeoutMs})`, (w) =>
      w.request(w.pick(n), pool, ttlMs, timeoutMs),
    ),
  );
const pass = fc.integer({ min: 0, max: 1_200 }).map((quarters) =>
  step(`pass(${quarters / 4})`, (w) => {
    w.clock.advance(quarters / 4);
    w.sweep();
  }),
);
/** Time passes, and input is read before the next sweep. */
const late = fc.integer({ min: 0, max: 1_200 }).map((quarters) =>
  step(`late(${quarters / 4})`, (w) => {
    w.clock.advance(quarters / 4);
    w.model.now = w.clock.running();
  }),
);
const jump = fc.constantFrom(-3_600_000, 3_600_000).map((ms) =>
  step(`jump(${ms})`, (w) => {
    w.clock.stall(Math.abs(ms));
    w.clock.setWall(w.clock.wallMs + ms);
    w.sweep();
  }),
);
const renew = fc
  .tuple(nth, someone, fc.option(ttl, { nil: undefined }))
  .map(([n, by, ms]) => step(`renew(${n}, by ${by}, ${ms})`, (w) => w.use(n, by, 'renew', ms)));
const release = fc
  .tuple(nth, someone)
  .map(([n, by]) => step(`release(${n}, by ${by})`, (w) => w.use(n, by, 'release')));
const cancel = nth.map((n) =>
  step(`cancel(${n})`, (w) => {
    if (w.waiters.length > 0) w.leases.cancel(w.waiters.at(-1 - (n % w.waiters.length))!);
  }),
);
const answer = fc.tuple(nth, fc.boolean()).map(([n, usable]) =>
  step(`answer(${n}, ${usable})`, (w) => {
    if (w.checks.length > 0) w.answer(w.checks.at(-1 - (n % w.checks.length))!, usable);
  }),
);
const mood = fc.boolean().map((usable) => step(`mood(${usable})`, (w) => (w.hastyAnswer = usable)));
const open = fc.constant(step('open', (w) => w.open()));
const end = nth.map((n) => step(`end(${n})`, (w) => w.endSession(w.pick(n))));
const drain = fc.constant(step('drain', (w) => w.drain()));

const anyStep = fc.oneof(
  ...(
    [
      [14, request],
      [6, release],
      [2, renew],
      [5, pass],
      [2, late],
      [1, jump],
      [2, cancel],
      [7, answer],
      [1, mood],
      [2, open],
      [2, end],
      [0.2, drain],
    ] as const
  ).map(([weight, arbitrary]) => ({ weight: weight * 5, arbitrary })),
);

test(
  'every order of events keeps every promise: one holder, first come first served, rising tokens, exact verdicts',
  () => {
    fc.assert(
      fc.property(fc.commands([anyStep], { maxCommands: 60, size: 'max' }), (program) => {
        const world = new World();
        fc.modelRun(() => ({ model: world, real: world }), program);
        world.checkJournal();
      }),
      { numRuns: RUNS },
    );
    if (RUNS >= 1_000) expect([...seen.keys()]).toEqual(expect.arrayContaining(REACHED));
  },
  60_000 + RUNS * 10,
);
