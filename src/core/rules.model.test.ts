import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import type { Want } from './claim.ts';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Leases } from './leases.ts';
import { must, programStep } from './program-model.ts';
import { type ModelClaim, type ModelRequest, PERMITS, placeOf, RulesModel } from './rules-model.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

/** Programs; a soak asks for more. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10_000);
/** Steps of a program. With 1, one that fails shrinks to what matters. */
const MIN_STEPS = Number(process.env.MODEL_STEPS ?? 50);
const MAX_LEASES = 10;
const MAX_WAITERS = 7;
const SESSIONS = 4;

/** A pool with two kinds of values, one without kinds, one of a single value, and two locks. */
const VALUES = {
  users: [{ role: 'admin' }, { role: 'admin' }, { role: 'buyer' }, { role: 'buyer' }],
  plain: [1, 2, 3],
  one: ['only'],
};
const SIZES = { users: 4, plain: 3, one: 1, 'lock:x': 0, 'lock:y': 0 };

const wants: Want[] = [
  { kind: 'pool', name: 'users' },
  { kind: 'pool', name: 'users', where: { role: 'admin' } },
  { kind: 'pool', name: 'users', not: { role: 'admin' } },
  { kind: 'pool', name: 'users', count: 3 },
  { kind: 'pool', name: 'users', where: { role: 'buyer' }, count: 2 },
  { kind: 'pool', name: 'plain' },
  { kind: 'pool', name: 'plain', count: 2, prefer: 'random' },
  { kind: 'pool', name: 'plain', where: [1, 2], prefer: 'oldest' },
  { kind: 'pool', name: 'one' },
  { kind: 'lock', name: 'x' },
  { kind: 'lock', name: 'x', mode: 'shared' },
  { kind: 'lock', name: 'y' },
  { kind: 'lock', name: 'y', mode: 'shared' },
];

/** What encloses a request, and with which of it the lease ends; the last: whether it may be released before. */
const SCOPES: [within: string[], until: string | undefined, early: boolean][] = [
  [[], undefined, false],
  [['test'], 'test', false],
  [['test'], 'test', true],
  [['block', 'test', 'worker'], 'block', false],
  [['block', 'test', 'worker'], 'test', false],
  [['other', 'test', 'worker'], 'other', false],
  [['test', 'worker'], 'worker', false],
];

function claimOf({ kind, name, where, not, count = 1, mode }: Want): ModelClaim {
  if (kind === 'lock') {
    const pool = `lock:${name}`;
    const accepts = Array.from({ length: PERMITS }, (_, i) => placeOf(pool, i));
    return { pool, accepts, count: mode === 'shared' ? 1 : PERMITS };
  }
  const values: unknown[] = VALUES[name as keyof typeof VALUES];
  const fits = (value: unknown): boolean => {
    if (Array.isArray(where)) return (where as unknown[]).includes(value);
    const { role } = Object(value) as { role?: string };
    if (not !== undefined) return role !== 'admin';
    return where === undefined || role === (where as { role: string }).role;
  };
  const accepts = values.flatMap((value, i) => (fits(value) ? placeOf(name, i) : []));
  return { pool: name, accepts, count };
}

const seen = new Map<string, number>();
const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);

/** The leases under test, beside the model. */
class World {
  readonly model = new RulesModel(SIZES);
  readonly leases: Leases;
  readonly sessions: Session[] = [];
  readonly waiters = new Map<number, Waiter>();
  readonly #told = new Set<string>();
  #tickets = 0;
  #lastToken = 0;

  constructor() {
    const clock = new FakeClock();
    const never = (): never => expect.unreachable();
    const hooks = { check: never, reset: never, quarantined: never };
    this.leases = new Leases(clock, DEFAULT_LIMITS, new Journal(clock), hooks);
    for (const [name, values] of Object.entries(VALUES)) this.leases.definePool(name, { values });
    for (let i = 0; i < SESSIONS; i++) this.open(i);
  }

  open(i: number): void {
    this.sessions[i] = this.leases.openSession({}, ({ id }) => this.model.end(id));
  }

  request(session: number, asked: Want[], scope: number): void {
    const { model } = this;
    if (model.leases.size >= MAX_LEASES || model.waiting.length >= MAX_WAITERS) return;
    const locks = asked.filter(({ kind }) => kind === 'lock').map(({ name }) => name);
    if (new Set(locks).size < locks.length) return;
    const [within, until, early] = SCOPES[scope]!;
    const ticket = ++this.#tickets;
    const claims = asked.map(claimOf);
    const request: ModelRequest = { ticket, session, claims, within, until, early };
    const expected = this.#verdict(request);
    if (!expected) model.waiting.push(request);
    let got: string | undefined;
    try {
      const wish = { ttlMs: 1e6, timeoutMs: 1e6, purpose: {}, within, until, early };
      const waiter = this.leases.request(
        this.sessions[session]!,
        { ...wish, wants: asked },
        {
          granted: (lease) => this.#granted(request, lease),
          refused: (error) => this.#refused(request, error.code),
          notice: (notice) => this.#noticed(request, notice),
        },
      );
      this.waiters.set(ticket, waiter);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      got = error.code;
    }
    count(`request ${got ?? 'taken'}`);
    must(got === expected, `expected ${expected}, got ${got}`);
  }

  #verdict(request: ModelRequest): string | undefined {
    const { model } = this;
    if (!model.satisfiable(request)) return 'unsatisfiable';
    model.waiting.push(request);
    const stuck = model.stuck().has(request);
    model.waiting.pop();
    return stuck ? 'deadlock' : undefined;
  }

  #granted(request: ModelRequest, { id, token, resources }: HeldLease): void {
    const { model } = this;
    const next = model.next();
    must(next === request, `granted ${request.ticket}, but it was the turn of ${next?.ticket}`);
    must(token > this.#lastToken, 'tokens rise');
    this.#lastToken = token;
    count(model.whole(request, model.binding(request)) ? 'granted' : 'granted by the exception');
    const bound = model.binding(request).filter((each) => !model.waitsFor(each, request));
    const before = model.numbers(bound);
    const places = request.claims.flatMap((claim, i) => placesFor(model, claim, resources[i]!));
    for (const place of places) {
      must(!model.held.has(place), 'no resource is in two hands');
      must(!model.gone.has(place), 'what is gone is not granted');
    }
    model.waiting.splice(model.waiting.indexOf(request), 1);
    model.grant(id, { ...request, places });
    const after = model.numbers(bound);
    for (const [claim, number] of before) {
      must(after.get(claim) === number, 'what older ones have claimed stays theirs');
    }
  }

  #refused(request: ModelRequest, code: string): void {
    const { model } = this;
    count(`refused ${code}`);
    if (code === 'deadlock') {
      const stuck = model.stuck();
      const cycle = [...model.reach(request, stuck)].filter((w) => model.reach(w, stuck).has(w));
      const youngest = Math.max(...cycle.map(({ ticket }) => ticket));
      must(stuck.has(request) && request.ticket === youngest, 'the youngest on a cycle is told');
    } else if (code === 'unsatisfiable') must(!model.satisfiable(request), 'it could be met');
    else must(code === 'cancelled', code);
    model.waiting.splice(model.waiting.indexOf(request), 1);
  }

  #noticed(request: ModelRequest, notice: string): void {
    count(`notice ${notice}`);
    const told = `${request.ticket} ${notice}`;
    must(!this.#told.has(told), 'each notice is told once');
    this.#told.add(told);
    if (notice === 'worker_scope') must(this.model.parked(request), 'only a worker’s end helps');
  }

  end(nth: number, act: 'release' | 'retire' | 'revoke'): void {
    const ids = [...this.model.leases.keys()];
    if (ids.length === 0) return;
    this.endLease(ids[nth % ids.length]!, act);
  }

  endLease(id: string, act: 'release' | 'retire' | 'revoke'): void {
    const { session, places } = this.model.leases.get(id)!;
    if (act === 'retire' && places.some((place) => place.startsWith('lock:'))) return;
    count(act);
    if (act === 'retire') for (const place of places) this.model.gone.add(place);
    if (act !== 'revoke') this.model.end(id);
    if (act === 'revoke') this.leases.revoke(id);
    else this.leases[act](this.sessions[session]!, id);
  }

  cancel(nth: number): void {
    const { waiting } = this.model;
    if (waiting.length === 0) return;
    const { ticket } = waiting[nth % waiting.length]!;
    this.leases.cancel(this.waiters.get(ticket)!);
  }

  endSession(i: number): void {
    const { model } = this;
    for (const request of model.waiting.filter(({ session }) => session === i)) {
      model.waiting.splice(model.waiting.indexOf(request), 1);
    }
    for (const [id, { session }] of [...model.leases]) if (session === i) model.end(id);
    this.leases.endSession(this.sessions[i]!);
    this.open(i);
  }

  /** What holds between two events. */
  settled(): void {
    const { model } = this;
    must(model.next() === undefined, `nobody served ${model.next()?.ticket}`);
    must(model.stuck().size === 0, 'somebody waits for ever');
    for (const request of model.waiting) {
      must(model.satisfiable(request), 'nobody waits for what will never be');
      const told = this.#told.has(`${request.ticket} worker_scope`);
      must(told || !model.parked(request), 'a wait for the end of a worker is told at once');
    }
  }

  /** Every lease ends that no waiting request keeps: then everyone is served. */
  finish(): void {
    const { model } = this;
    for (;;) {
      const end = [...model.leases].find(([, lease]) => model.holders(lease, false).length === 0);
      if (!end) break;
      this.endLease(end[0], 'release');
      this.settled();
    }
    must(model.waiting.length === 0 && model.leases.size === 0, 'no silent hang');
  }
}

/** The places of a claim's resources. Of a lock: all that are left of its permits, or the next one. */
function placesFor(
  model: RulesModel,
  { pool, accepts, count }: ModelClaim,
  got: readonly { index: number }[],
): string[] {
  if (!pool.startsWith('lock:')) {
    const places = got.map(({ index }) => placeOf(pool, index));
    const right = places.length === count && places.every((place) => accepts.includes(place));
    must(right, 'what was asked');
    return places;
  }
  const free = accepts.filter((place) => !model.held.has(place));
  must(free.length >= count, 'a lock goes with what holds it');
  return free.slice(0, count);
}

const step = programStep<World>;
const nth = fc.nat(30);
const session = fc.nat(SESSIONS - 1);
const request = fc
  .tuple(
    session,
    fc.uniqueArray(fc.constantFrom(...wants), { minLength: 1, maxLength: 3 }),
    fc.nat(SCOPES.length - 1),
  )
  .map(([i, asked, scope]) =>
    step(`request(${i}, ${JSON.stringify(asked)}, ${scope})`, (world) =>
      world.request(i, asked, scope),
    ),
  );
const simple = fc
  .tuple(session, fc.constantFrom(...wants), fc.nat(SCOPES.length - 1))
  .map(([i, want, scope]) =>
    step(`request(${i}, ${JSON.stringify([want])}, ${scope})`, (world) =>
      world.request(i, [want], scope),
    ),
  );
const end = fc
  .tuple(
    nth,
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('release' as const) },
      { weight: 1, arbitrary: fc.constantFrom('retire' as const, 'revoke' as const) },
    ),
  )
  .map(([n, act]) => step(`${act}(${n})`, (world) => world.end(n, act)));
const cancel = nth.map((n) => step(`cancel(${n})`, (world) => world.cancel(n)));
const leave = session.map((i) => step(`endSession(${i})`, (world) => world.endSession(i)));
const anyStep = fc.oneof(
  { weight: 16, arbitrary: request },
  { weight: 16, arbitrary: simple },
  { weight: 20, arbitrary: end },
  { weight: 2, arbitrary: cancel },
  { weight: 1, arbitrary: leave },
);

/** What the programs must have come to, each often: otherwise they prove less than they seem to. */
const REACHED = [
  'granted',
  'granted by the exception',
  'refused deadlock',
  'refused unsatisfiable',
  'refused cancelled',
  'request deadlock',
  'request unsatisfiable',
  'notice worker_scope',
  'notice perhaps_deadlock',
];

test(
  'every program follows the lease rules: who is served when, what is a deadlock, and nobody is left',
  () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: MIN_STEPS, maxLength: 70 }), (program) => {
        const world = new World();
        for (const { act } of program) {
          act(world);
          world.settled();
        }
        world.finish();
      }),
      { numRuns: RUNS, endOnFailure: MIN_STEPS > 1 },
    );
    if (RUNS >= 1_000) expect([...seen.keys()]).toEqual(expect.arrayContaining(REACHED));
  },
  120_000 + RUNS * 20,
);
