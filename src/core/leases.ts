import {
  BrokerError,
  quoted,
  stopping,
  tooLarge,
  tooMany,
  unknownPool,
} from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import { HEARTBEAT_MS, type Limits, RECHECK_MS } from '../protocol/limits.ts';
import type { EndReason, Identity } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import { waitTimeout } from './explain.ts';
import type { Journal, WaitEnd } from './journal.ts';
import { HeldLease } from './lease.ts';
import { ListPool, type Pool, type Resource, SlotPool } from './pool.ts';
import { Session } from './session.ts';
import { type Outcome, Waiter, type Wish } from './waiters.ts';

/** Ends that are remembered. A holder that lost its lease learns at its next use of it, which may be late. */
const MAX_ENDED = 1_000;

/** A pool as it is configured. */
export interface PoolDefinition {
  values: Json[];
  /** Where each value stands in the pool of which these are a part; absent where they are all of it. */
  places?: number[];
  /** Look whether a resource is usable before each grant. */
  checked?: boolean;
}

/** Runs beside the core and answers once, with whether the resource is usable. */
export type Check = (resource: Resource, answer: (usable: boolean) => void) => void;

/**
 * Who holds what, and who waits for it. Synchronous: between two events the state is whole.
 *
 * - At no moment do two live sessions hold one resource.
 * - First come, first served, by ticket.
 * - A lease lives at least its TTL on the running clock, and ends once.
 * - What a session holds or waits for ends with the session.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #journal: Journal;
  readonly #check: Check;
  readonly #pools = new Map<string, Pool>();
  readonly #implicit = new Map<string, Pool>();
  readonly #held = new Expiry<HeldLease>(HEARTBEAT_MS);
  readonly #waits = new Expiry<Waiter>(HEARTBEAT_MS);
  readonly #cooling = new Expiry<Resource>(HEARTBEAT_MS);
  /** All who wait, in the order of their tickets. */
  readonly #waiting = new Set<Waiter>();
  #leased = 0;
  /** How the leases that ended last did, to tell those who still use them. */
  readonly #ended = new Map<string, EndReason>();
  readonly #endedIds: string[] = [];
  #ends = 0;
  #sessions = 0;
  #tickets = 0;
  #tokens = 0;
  #stopping = false;

  constructor(clock: Clock, limits: Limits, journal: Journal, check: Check) {
    this.#clock = clock;
    this.#limits = limits;
    this.#journal = journal;
    this.#check = check;
  }

  definePool(name: string, { values, places, checked = false }: PoolDefinition): void {
    this.#pools.set(name, new ListPool(name, 'pool', values, checked, places));
  }

  /** The pools that are defined, in the order of their definition. */
  pools(): Pool[] {
    return [...this.#pools.values()];
  }

  /** `lost` is told of every lease that ends while the session lives, otherwise than by its release. */
  openSession(identity: Identity, lost?: Session['lost']): Session {
    const session = new Session(++this.#sessions, identity, lost);
    this.#journal.add({ type: 'session', session: session.id, identity });
    return session;
  }

  /**
   * Answers through `outcome`, at once or later. The waiter is the handle by which to cancel.
   *
   * @throws BrokerError `unknown_pool`, `unsatisfiable`, `too_many`, `too_large`, `stopping`, `closed`.
   */
  request(session: Session, wish: Wish, outcome: Outcome): Waiter {
    if (this.#stopping) throw stopping();
    // Nobody would free what a request that came late gets: the end of its session is past.
    if (session.ended) throw new BrokerError('closed', 'This session has ended.');
    if (this.#leased >= this.#limits.maxLeases) {
      throw tooMany(`${this.#leased} leases are held already`, 'maxLeases', this.#limits);
    }
    const pool = this.#poolOf(wish);
    const now = this.#clock.running();
    const waiter = new Waiter(++this.#tickets, session, pool, wish, outcome, now);
    session.waits.add(waiter);
    this.#waiting.add(waiter);
    // "Now or never" has no deadline: where its resource is being checked, the answer decides.
    if (wish.timeoutMs > 0) this.#waits.add(waiter);
    pool.waiters.add(waiter);
    this.#pass(pool);
    if (!this.#waiting.has(waiter)) return waiter;
    const { ticket } = waiter;
    this.#journal.add({
      type: 'wait',
      ticket,
      pool: pool.name,
      session: session.id,
      purpose: wish.purpose,
    });
    if (wish.timeoutMs === 0 && !waiter.checking) this.#timeOut(waiter);
    else if (this.#waiting.size > this.#limits.maxWaiters && !waiter.checking) {
      this.#drop(waiter, 'refused');
      throw tooMany(
        `${this.#waiting.size} requests wait for leases already`,
        'maxWaiters',
        this.#limits,
      );
    }
    return waiter;
  }

  /** Gives a wait up. Without effect on one that has ended. */
  cancel(waiter: Waiter): void {
    this.#refuse(waiter, 'cancelled', new BrokerError('cancelled', 'The wait was cancelled.'));
  }

  /**
   * Starts the lease's TTL anew (or a new TTL), and returns it.
   *
   * @throws BrokerError `lease_lost`, `not_holder`.
   */
  renew(session: Session, id: string, ttlMs?: number): HeldLease {
    const lease = this.#leaseOf(session, id);
    if (ttlMs !== undefined) lease.ttlMs = ttlMs;
    this.#held.move(lease, this.#clock.running() + lease.ttlMs);
    return lease;
  }

  /** @throws BrokerError `lease_lost`, `not_holder`. */
  release(session: Session, id: string): void {
    this.#end(this.#leaseOf(session, id), 'released');
  }

  /** Ends all that the session holds and waits for. Without effect on one that has ended. */
  endSession(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    const reason = this.#stopping ? 'stopped' : 'disconnected';
    for (const waiter of session.waits) this.#drop(waiter, reason);
    for (const lease of [...session.leases.values()]) this.#end(lease, reason);
    this.#journal.add({ type: 'session_end', session: session.id });
  }

  /** Ends what is past its time. To be called only after all input that was there has been read. */
  sweep(): void {
    const now = this.#clock.running();
    this.#held.sweep(now, (lease) => this.#end(lease, 'expired'));
    this.#cooling.sweep(now, (resource) => this.#giveBack(resource));
    this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));
  }

  /** No new requests; those who wait are told. */
  drain(): void {
    this.#stopping = true;
    for (const waiter of this.#waiting) this.#refuse(waiter, 'stopped', stopping());
  }

  /** The grant pass: the oldest waiter gets what is free, again and again. */
  #pass(pool: Pool): void {
    for (let waiter = pool.waiters.oldest; waiter; waiter = pool.waiters.oldest) {
      const resource = pool.take();
      if (!resource) return;
      pool.waiters.remove(waiter);
      if (pool.checked) this.#startCheck(waiter, resource);
      else this.#grant(waiter, resource);
    }
  }

  /**
   * While the check runs the waiter counts as granted; if it fails, it has its ticket back. A resource
   * found usable goes to the oldest who waits: that may by then be one whose own check has failed.
   */
  #startCheck(waiter: Waiter, resource: Resource): void {
    const { pool } = waiter;
    resource.state = 'checking';
    waiter.checking = resource;
    let answered = false;
    let asking = true;
    this.#check(resource, (usable) => {
      if (answered) return;
      answered = true;
      waiter.checking = undefined;
      const waits = this.#waiting.has(waiter);
      if (usable) {
        if (!waits) return this.#giveBack(resource);
        const { oldest } = pool.waiters;
        if (!oldest || oldest.ticket > waiter.ticket) return this.#grant(waiter, resource);
        pool.waiters.remove(oldest);
        this.#grant(oldest, resource);
      } else {
        resource.state = 'cooling';
        resource.deadline = this.#clock.running() + RECHECK_MS;
        this.#cooling.add(resource);
        if (!waits) return;
      }
      pool.waiters.add(waiter);
      // An answer given at once leaves the rest to the pass that asked: no recursion over a large pool.
      if (asking) return;
      this.#pass(pool);
      if (waiter.wish.timeoutMs === 0 && !waiter.checking) this.#timeOut(waiter);
    });
    asking = false;
  }

  #grant(waiter: Waiter, resource: Resource): void {
    const { session, wish, ticket } = waiter;
    this.#forget(waiter);
    const now = this.#clock.running();
    const lease = new HeldLease(++this.#tokens, resource, session, wish.purpose, now, wish.ttlMs);
    resource.state = 'held';
    resource.lease = lease;
    session.leases.set(lease.id, lease);
    this.#leased++;
    this.#held.add(lease);
    this.#journal.add({
      type: 'grant',
      ticket,
      lease: lease.id,
      pool: resource.pool.name,
      resource: resource.index,
      session: session.id,
      purpose: wish.purpose,
      waitedMs: Math.round(now - waiter.since),
    });
    waiter.outcome.granted(lease);
  }

  #end(lease: HeldLease, reason: EndReason): void {
    const { resource, session } = lease;
    this.#held.remove(lease);
    session.leases.delete(lease.id);
    this.#remember(lease.id, reason);
    this.#leased--;
    resource.lease = undefined;
    resource.formerIdentity = session.identity;
    resource.formerPurpose = lease.purpose;
    resource.freedAt = this.#clock.running();
    const heldMs = Math.round(resource.freedAt - lease.since);
    this.#journal.add({ type: 'end', lease: lease.id, reason, heldMs });
    if (reason !== 'released' && !session.ended) session.lost(lease, reason);
    this.#giveBack(resource);
  }

  #remember(id: string, reason: EndReason): void {
    // By a ring of their ids: to find the oldest in the map would mean to pass what was deleted before it.
    const oldest = this.#endedIds[this.#ends % MAX_ENDED];
    if (oldest !== undefined) this.#ended.delete(oldest);
    this.#endedIds[this.#ends++ % MAX_ENDED] = id;
    this.#ended.set(id, reason);
  }

  #giveBack(resource: Resource): void {
    resource.pool.put(resource);
    this.#pass(resource.pool);
    this.#tidy(resource.pool);
  }

  #timeOut(waiter: Waiter): void {
    const place = waiter.checking ? 0 : waiter.pool.waiters.before(waiter);
    this.#refuse(waiter, 'timeout', waitTimeout(waiter, place, this.#clock.running()));
  }

  #refuse(waiter: Waiter, reason: WaitEnd, error: BrokerError): void {
    if (!this.#waiting.has(waiter)) return;
    this.#drop(waiter, reason);
    waiter.outcome.refused(error);
  }

  #drop(waiter: Waiter, reason: WaitEnd): void {
    if (!waiter.checking) waiter.pool.waiters.remove(waiter);
    this.#forget(waiter);
    this.#tidy(waiter.pool);
    this.#journal.add({ type: 'wait_end', ticket: waiter.ticket, reason });
  }

  #forget(waiter: Waiter): void {
    this.#waits.remove(waiter);
    this.#waiting.delete(waiter);
    waiter.session.waits.delete(waiter);
  }

  /** Locks and slot families exist while somebody holds one or waits for one. */
  #tidy(pool: Pool): void {
    // An outcome may act at once: by now the name may belong to a pool made since.
    if (this.#implicit.get(pool.name) === pool && pool.idle) this.#implicit.delete(pool.name);
  }

  #leaseOf(session: Session, id: string): HeldLease {
    const lease = session.leases.get(id);
    if (lease) return lease;
    const reason = this.#ended.get(id);
    throw reason
      ? new BrokerError('lease_lost', `The lease ${quoted(id)} has ended: ${reason}.`, {
          lease: id,
          reason,
        })
      : new BrokerError('not_holder', `This session holds no lease ${quoted(id)}.`, { lease: id });
  }

  #poolOf({ kind, name }: Wish): Pool {
    if (kind === 'pool') {
      const pool = this.#pools.get(name);
      if (!pool) throw unknownPool(name, [...this.#pools.keys()]);
      if (pool.resources.length > 0) return pool;
      throw new BrokerError(
        'unsatisfiable',
        `Pool ${quoted(name)} is empty: waiting would not help. Add resources to it in the config.`,
        { pool: name, size: 0 },
      );
    }
    const full = `${kind}:${name}`;
    const known = this.#implicit.get(full);
    if (known) return known;
    if (Buffer.byteLength(name) > this.#limits.maxKeyBytes) {
      throw tooLarge(
        `The name of the ${kind} ${quoted(name)} is above maxKeyBytes (${this.#limits.maxKeyBytes})`,
      );
    }
    if (this.#implicit.size >= this.#limits.maxImplicitPools) {
      throw tooMany(
        `${this.#implicit.size} locks and slot families are in use already`,
        'maxImplicitPools',
        this.#limits,
      );
    }
    const pool = kind === 'lock' ? new ListPool(full, 'lock', [null]) : new SlotPool(full);
    this.#implicit.set(full, pool);
    return pool;
  }
}
