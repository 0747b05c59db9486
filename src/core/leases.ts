import {
  BrokerError,
  badRequest,
  quoted,
  stopping,
  tooLarge,
  tooMany,
  unknownPool,
} from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import { HEARTBEAT_MS, type Limits, NOTICE_MS } from '../protocol/limits.ts';
import type { EndReason, Identity } from '../protocol/messages.ts';
import { Claim, type Want } from './claim.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import * as explain from './explain.ts';
import type { Journal, WaitEnd } from './journal.ts';
import { HeldLease } from './lease.ts';
import { FREE, Matching, USABLE } from './matching.ts';
import { type Care, ListPool, LockPool, type Pool, SlotPool } from './pool.ts';
import type { Resource } from './resource.ts';
import { type Hooks, Returns } from './returns.ts';
import { Session } from './session.ts';
import { cycleThrough, needsWorkersEnd, stuckAmong, WaitGraph } from './wait-graph.ts';
import { byTicket, type Outcome, Waiter, WaitQueue, type Wish } from './waiters.ts';

/** Ends that are remembered. A holder that lost its lease learns at its next use of it, which may be late. */
const MAX_ENDED = 1_000;

/** A pool as it is configured. */
export interface PoolDefinition extends Care {
  values: Json[];
  /** Where each value stands in the pool of which these are a part; absent where they are all of it. */
  places?: number[];
}

/**
 * Who holds what, and who waits for it. Synchronous: between two events the state is whole.
 *
 * - At no moment do two live sessions hold one resource, unless they share a lock.
 * - First come, first served, by ticket: nobody is overtaken for a resource that it could use; the
 *   one exception is in `#passOne`.
 * - All that a request asks for is granted at once, or nothing.
 * - A lease lives at least its TTL on the running clock, and ends once.
 * - What a session holds or waits for ends with the session.
 * - A cycle of waits is found when it closes, and what can never be met is refused.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #journal: Journal;
  readonly #hooks: Hooks;
  readonly #random: () => number;
  readonly #returns: Returns;
  readonly #pools = new Map<string, Pool>();
  readonly #implicit = new Map<string, Pool>();
  readonly #held = new Expiry<HeldLease>(HEARTBEAT_MS);
  readonly #waits = new Expiry<Waiter>(HEARTBEAT_MS);
  /** Leases by their ids. */
  readonly #leases = new Map<string, HeldLease>();
  /** All who wait, in the order of their tickets. */
  readonly #waiting = new Set<Waiter>();
  /** How the leases that ended last did, to tell those who still use them. */
  readonly #ended = new Map<string, EndReason>();
  readonly #endedIds: string[] = [];
  #ends = 0;
  #sessions = 0;
  #tickets = 0;
  #tokens = 0;
  #stopping = false;
  /** What the grant pass has still to look at. */
  readonly #touched = new Set<Pool>();
  /** Pools in which something is free that somebody waits for, or a lock that not all who wait may share. */
  readonly #contested = new Set<Pool>();
  /** Requests that a grant or a loss may have closed a cycle around. */
  readonly #suspects = new Set<Waiter>();
  /** Checks that were answered while the grant pass ran. */
  readonly #checked: (() => void)[] = [];
  /** What the next passes need not check again. */
  readonly #verified = new Set<Resource>();
  readonly #answers: (() => void)[] = [];
  #settling = false;
  #told = 0;

  constructor(
    clock: Clock,
    limits: Limits,
    journal: Journal,
    hooks: Hooks,
    random: () => number = Math.random,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#journal = journal;
    this.#hooks = hooks;
    this.#random = random;
    this.#returns = new Returns(clock, journal, hooks, {
      free: (resource) => this.#putBack(resource),
      gone: (resource) => this.#lose(resource),
      settle: () => this.#settle(),
    });
  }

  definePool(name: string, { values, places, ...care }: PoolDefinition): void {
    this.#pools.set(name, new ListPool(name, 'pool', values, care, places));
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
   * @throws BrokerError `unknown_pool`, `unsatisfiable`, `deadlock`, `bad_request`, `config_mismatch`,
   * `too_many`, `too_large`, `stopping`, `closed`.
   */
  request(session: Session, wish: Wish, outcome: Outcome): Waiter {
    if (this.#stopping) throw stopping();
    // Nobody would free what a request that came late gets: the end of its session is past.
    if (session.ended) throw new BrokerError('closed', 'This session has ended.');
    if (this.#leases.size >= this.#limits.maxLeases) {
      throw tooMany(`${this.#leases.size} leases are held already`, 'maxLeases', this.#limits);
    }
    const claims = this.#claimsOf(wish);
    const waiter = new Waiter(
      ++this.#tickets,
      session,
      claims,
      wish,
      outcome,
      this.#clock.running(),
    );
    waiter.enter();
    try {
      if (!this.#serveAtOnce(waiter)) this.#join(waiter);
      if (this.#waiting.has(waiter)) this.#beginWait(waiter);
    } finally {
      if (!this.#waiting.has(waiter)) waiter.leave();
      this.#settle();
      for (const { pool } of claims) this.#tidy(pool);
    }
    return waiter;
  }

  /** Gives a wait up. Without effect on one that has ended. */
  cancel(waiter: Waiter): void {
    this.#refuse(waiter, 'cancelled', new BrokerError('cancelled', 'The wait was cancelled.'));
    this.#settle();
  }

  /**
   * Starts the lease's TTL anew (or a new TTL), and returns it.
   *
   * @throws BrokerError `lease_lost`, `not_holder`.
   */
  renew(session: Session, id: string, ttlMs?: number): HeldLease {
    const lease = this.held(session, id);
    if (ttlMs !== undefined) lease.ttlMs = ttlMs;
    this.#held.move(lease, this.#clock.running() + lease.ttlMs);
    return lease;
  }

  /**
   * @param dirty what was done with the resources is not undone: their reset is told.
   * @throws BrokerError `lease_lost`, `not_holder`.
   */
  release(session: Session, id: string, dirty = false): void {
    this.#end(this.held(session, id), 'released', dirty);
    this.#settle();
  }

  /**
   * The holder has found the resources unusable: nobody gets them any more.
   *
   * @param why for the journal; not a value or a secret.
   * @throws BrokerError `lease_lost`, `not_holder`, `bad_request` where it is no lease of a pool.
   */
  retire(session: Session, id: string, why?: string): void {
    const lease = this.held(session, id);
    const other = lease.resources.flat().find(({ pool }) => pool.kind !== 'pool')?.pool;
    if (other) {
      throw badRequest(`A ${other.kind} cannot be retired: only the resources of pools wear out.`);
    }
    this.#end(lease, 'retired', true, why);
    this.#settle();
  }

  /**
   * Takes a lease from its holder, who is told.
   *
   * @param why for the journal; not a value or a secret.
   * @throws BrokerError `lease_lost`, `not_found`.
   */
  revoke(id: string, why?: string): void {
    const lease = this.#leases.get(id);
    if (!lease) throw this.#lost(id) ?? new BrokerError('not_found', `No lease ${quoted(id)}.`);
    this.#end(lease, 'revoked', true, why);
    this.#settle();
  }

  /** Ends all that the session holds and waits for. Without effect on one that has ended. */
  endSession(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    const reason = this.#stopping ? 'stopped' : 'disconnected';
    for (const waiter of session.waits) this.#drop(waiter, reason);
    for (const lease of [...session.leases.values()]) this.#end(lease, reason, true);
    this.#journal.add({ type: 'session_end', session: session.id });
    this.#settle();
  }

  /** Ends what is past its time. To be called only after all input that was there has been read. */
  sweep(): void {
    const now = this.#clock.running();
    this.#held.sweep(now, (lease) => this.#end(lease, 'expired', true));
    this.#returns.sweep(now);
    this.#settle();
    this.#waits.sweep(now, (waiter) => this.#timeOut(waiter));
    this.#settle();
    this.#noticeSlow(now);
  }

  /** No new requests; those who wait are told. */
  drain(): void {
    this.#stopping = true;
    for (const waiter of this.#waiting) this.#refuse(waiter, 'stopped', stopping());
    this.#settle();
  }

  /** The lease of that id, which the session must hold. @throws BrokerError `lease_lost`, `not_holder`. */
  held(session: Session, id: string): HeldLease {
    const lease = session.leases.get(id);
    if (lease) return lease;
    throw (
      this.#lost(id) ??
      new BrokerError('not_holder', `This session holds no lease ${quoted(id)}.`, { lease: id })
    );
  }

  /** Where nobody waits for any of it, and all is free. */
  #serveAtOnce(waiter: Waiter): boolean {
    if (waiter.claims.some(({ pool }) => pool.queues.size > 0)) return false;
    const matching = new Matching(FREE, this.#random);
    if (!matching.add(waiter)) return false;
    this.#waiting.add(waiter);
    waiter.session.waits.add(waiter);
    this.#serve(waiter, matching);
    return true;
  }

  #join(waiter: Waiter): void {
    const { session, wish } = waiter;
    if (!Matching.fits(waiter, USABLE)) throw explain.unsatisfiable(waiter);
    this.#enqueue(waiter);
    // "Now or never" waits for nobody.
    if (wish.timeoutMs > 0 && waiter.holds(false)) {
      const stuck = stuckAmong([waiter]);
      if (stuck.has(waiter)) {
        const error = explain.deadlock(cycleThrough(waiter, stuck)!, this.#clock.running());
        this.#dequeue(waiter);
        throw error;
      }
    }
    this.#waiting.add(waiter);
    session.waits.add(waiter);
    this.#settle();
  }

  #beginWait(waiter: Waiter): void {
    const { session, wish, ticket, claims } = waiter;
    const pools = claims.map(({ pool }) => pool.name);
    const { purpose, timeoutMs } = wish;
    this.#journal.add({ type: 'wait', ticket, pools, session: session.id, purpose });
    // "Now or never" has no deadline: where its resources are being checked, the answer decides.
    if (timeoutMs > 0) this.#waits.add(waiter);
    if (waiter.checking) return;
    if (timeoutMs === 0) return this.#timeOut(waiter);
    if (this.#waiting.size > this.#limits.maxWaiters) {
      this.#drop(waiter, 'refused');
      throw tooMany(
        `${this.#waiting.size} requests wait for leases already`,
        'maxWaiters',
        this.#limits,
      );
    }
    this.#noticePerhaps(waiter);
  }

  /** Its own leases and those of others might wait for each other. */
  #noticePerhaps(waiter: Waiter): void {
    if (!waiter.holds(true)) return;
    // None where it only waits for those who might wait for each other: they have been told.
    const cycle = cycleThrough(waiter, stuckAmong([waiter], true), true);
    if (!cycle) return;
    waiter.perhaps = explain.perhaps(cycle, this.#clock.running());
    waiter.tell('perhaps_deadlock', () => waiter.perhaps!);
  }

  #noticeSlow(now: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.ticket <= this.#told) continue;
      if (now - waiter.since < NOTICE_MS) return;
      this.#told = waiter.ticket;
      if (!waiter.checking) waiter.tell('slow', () => explain.stillWaiting(waiter, now));
    }
  }

  /** Runs the grant pass until nothing is left to do, and then gives the answers. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    do {
      this.#pass();
      for (let act = this.#checked.shift(); act; act = this.#checked.shift()) act();
    } while (this.#touched.size > 0 || this.#passOne() || this.#refuseStuck());
    for (const resource of this.#verified) resource.verified = false;
    this.#verified.clear();
    this.#settling = false;
    for (let answer = this.#answers.shift(); answer; answer = this.#answers.shift()) answer();
  }

  /**
   * The grant pass over the pools in which something has changed, and those that are linked with them
   * by requests for both: the oldest request that can have all that it asks for is served, again and
   * again. What older ones have claimed in part is not for younger ones; but what lacks the end of
   * another worker binds only those who would last as long.
   */
  #pass(): void {
    const { pools, queues } = linked(this.#touched);
    this.#touched.clear();
    for (const pool of pools) this.#contested.delete(pool);
    if (queues.size === 0) return;
    for (const queue of queues) this.#park(queue);
    const binding = new Matching(FREE, this.#random);
    const parked = [...queues].some((queue) => queue.parked);
    /** With the claims of those who lack the end of a worker. */
    const all = parked ? new Matching(FREE, this.#random) : binding;
    let again = false;
    byTicket(queues, (waiter) => {
      if (again) return false;
      if (waiter.queue!.parked) {
        all.add(waiter);
        return all.claims(waiter);
      }
      const [mine, other] = waiter.lasting ? [all, binding] : [binding, all];
      const whole = mine.add(waiter);
      if (other !== mine) other.add(waiter);
      // Those behind it in its queue can claim something where it could, in either.
      if (!whole) return mine.claims(waiter) || other.claims(waiter);
      this.#dequeue(waiter);
      this.#serve(waiter, mine);
      // It changes whom claims bind, or, where it was checked at once, what is free.
      again = parked || waiter.lasting || this.#checked.length > 0;
      return true;
    });
    if (again) {
      for (const pool of pools) this.#touched.add(pool);
      return;
    }
    for (const pool of all.contested()) this.#contested.add(pool);
    for (const pool of pools) {
      if (pool instanceof LockPool && pool.queues.size > 0 && !pool.heldAlone) {
        this.#contested.add(pool);
      }
    }
  }

  /**
   * The exception, for one: an older request never stands in the way of one that it is itself waiting
   * for. Serves the first that holds something, and that fits into what is free when only those
   * older ones count that do not wait for it.
   */
  #passOne(): boolean {
    const candidates = this.#holdersThatFit();
    if (candidates.length === 0) return false;
    const queued = [...this.#waiting].filter((each) => each.queue);
    const graph = new WaitGraph(queued);
    for (const waiter of candidates) {
      const waiting = graph.waitingFor(waiter);
      // Otherwise all older ones count, as they have in the pass.
      if (![...waiting].some(({ ticket }) => ticket < waiter.ticket)) continue;
      const matching = new Matching(FREE, this.#random);
      for (const older of queued) {
        if (older === waiter) break;
        const binds = waiter.lasting || !older.queue!.parked;
        if (binds && !waiting.has(older)) matching.add(older);
      }
      if (!matching.add(waiter)) continue;
      const pools = waiter.claims.map(({ pool }) => pool);
      this.#dequeue(waiter);
      this.#serve(waiter, matching);
      for (const pool of pools) this.#touched.add(pool);
      return true;
    }
    return false;
  }

  /** Those who wait where something is free, hold what others may wait for, and could have all that they ask for but for others. */
  #holdersThatFit(): Waiter[] {
    const found = new Set<Waiter>();
    for (const pool of this.#contested) {
      for (const queue of pool.queues.values()) {
        if (queue.inScopes.size === 0 || !Matching.fits(queue.oldest!, FREE)) continue;
        for (const waiter of queue.inScopes) if (waiter.holdsWhatIsWanted) found.add(waiter);
      }
    }
    return [...found].sort((a, b) => a.ticket - b.ticket);
  }

  #park(queue: WaitQueue): void {
    queue.parked = needsWorkersEnd(queue.oldest!);
    if (!queue.parked) return;
    for (const waiter of queue) {
      if (waiter.told.has('worker_scope')) continue;
      this.#answers.push(() => waiter.tell('worker_scope', () => explain.workerScope(waiter)));
    }
  }

  /** Of requests that can never be served any more, tells the youngest on a cycle; whether there was one. */
  #refuseStuck(): boolean {
    const suspects = [...this.#suspects].filter(({ queue }) => queue);
    this.#suspects.clear();
    if (suspects.length === 0) return false;
    const stuck = stuckAmong(suspects);
    const youngest = [...stuck].sort((a, b) => b.ticket - a.ticket);
    for (const waiter of youngest) {
      const cycle = cycleThrough(waiter, stuck);
      if (!cycle) continue;
      for (const each of stuck) this.#suspects.add(each);
      this.#refuse(waiter, 'deadlock', explain.deadlock(cycle, this.#clock.running()));
      return true;
    }
    return false;
  }

  /** Takes what the matching has for the waiter, who is in no queue. */
  #serve(waiter: Waiter, matching: Matching): void {
    const resources = matching.take(waiter);
    const unchecked = resources
      .flat()
      .filter(({ pool, verified }) => pool.care.checked && !verified);
    if (unchecked.length > 0) this.#check(waiter, resources, unchecked);
    else this.#grant(waiter, resources);
  }

  /**
   * While checks run the waiter counts as granted; afterwards it has its ticket back, and what was
   * found usable is free, and is not checked again in the pass that follows.
   */
  #check(waiter: Waiter, resources: Resource[][], unchecked: Resource[]): void {
    for (const resource of resources.flat()) resource.state = 'checking';
    waiter.checking = resources;
    const usable = new Set(resources.flat());
    let left = unchecked.length;
    for (const resource of unchecked) {
      let answered = false;
      this.#hooks.check(resource, (works) => {
        if (answered) return;
        answered = true;
        if (!works) usable.delete(resource);
        if (--left > 0) return;
        // In the midst of a pass it would change what the pass has seen.
        this.#checked.push(() => this.#haveChecked(waiter, resources.flat(), usable));
        const alone = !this.#settling;
        this.#settle();
        if (alone && waiter.queue && waiter.wish.timeoutMs === 0) this.#timeOut(waiter);
      });
    }
  }

  #haveChecked(waiter: Waiter, resources: Resource[], usable: Set<Resource>): void {
    waiter.checking = undefined;
    if (this.#waiting.has(waiter)) this.#enqueue(waiter);
    for (const resource of resources) {
      if (!usable.has(resource)) {
        this.#returns.unusable(resource);
        continue;
      }
      resource.verified = true;
      this.#verified.add(resource);
      this.#putBack(resource);
    }
  }

  #grant(waiter: Waiter, resources: Resource[][]): void {
    const { session, wish, ticket, until, outcome } = waiter;
    const now = this.#clock.running();
    const lease = new HeldLease(++this.#tokens, resources, waiter, now);
    for (const resource of resources.flat()) {
      resource.state = 'held';
      resource.lease = lease;
      resource.failures = 0;
      resource.verified = false;
      if (lease.lasting) resource.pool.lasting++;
    }
    session.leases.set(lease.id, lease);
    this.#leases.set(lease.id, lease);
    this.#held.add(lease);
    if (until) {
      until.leases.add(lease);
      for (const holder of lease.heldBy(false)) this.#suspects.add(holder);
    }
    this.#forget(waiter);
    if (lease.lasting) for (const { pool } of resources.flat()) this.#touched.add(pool);
    this.#journal.add({
      type: 'grant',
      ticket,
      lease: lease.id,
      resources: resources.flat().map(({ pool, index }) => ({ pool: pool.name, resource: index })),
      session: session.id,
      purpose: wish.purpose,
      waitedMs: Math.round(now - waiter.since),
    });
    this.#answers.push(() => outcome.granted(lease));
  }

  #end(lease: HeldLease, reason: EndReason, dirty: boolean, why?: string): void {
    const { session, until } = lease;
    this.#held.remove(lease);
    this.#leases.delete(lease.id);
    session.leases.delete(lease.id);
    if (until) {
      until.leases.delete(lease);
      session.tidy(until);
    }
    this.#remember(lease.id, reason);
    const freedAt = this.#clock.running();
    const heldMs = Math.round(freedAt - lease.since);
    this.#journal.add({ type: 'end', lease: lease.id, reason, heldMs, ...(why && { why }) });
    if (reason !== 'released' && !session.ended) session.lost(lease, reason);
    for (const resource of lease.resources.flat()) {
      const { pool } = resource;
      resource.lease = undefined;
      resource.formerIdentity = session.identity;
      resource.formerPurpose = lease.purpose;
      resource.freedAt = freedAt;
      if (lease.lasting) pool.lasting--;
      if (pool instanceof ListPool) pool.setLast(session.worker, resource);
      this.#returns.back(resource, { reason, dirty });
    }
  }

  #remember(id: string, reason: EndReason): void {
    // By a ring of their ids: to find the oldest in the map would mean to pass what was deleted before it.
    const oldest = this.#endedIds[this.#ends % MAX_ENDED];
    if (oldest !== undefined) this.#ended.delete(oldest);
    this.#endedIds[this.#ends++ % MAX_ENDED] = id;
    this.#ended.set(id, reason);
  }

  #lost(lease: string): BrokerError | undefined {
    const reason = this.#ended.get(lease);
    return (
      reason &&
      new BrokerError('lease_lost', `The lease ${quoted(lease)} has ended: ${reason}.`, {
        lease,
        reason,
      })
    );
  }

  #putBack(resource: Resource): void {
    const { pool } = resource;
    pool.put(resource);
    if (pool.queues.size > 0) this.#touched.add(pool);
    else this.#tidy(pool);
  }

  /** A resource will never be free again: some who wait for it may wait for nothing. */
  #lose({ pool }: Resource): void {
    for (const queue of [...pool.queues.values()]) {
      if (Matching.fits(queue.oldest!, USABLE)) continue;
      for (const waiter of [...queue]) {
        this.#refuse(waiter, 'unsatisfiable', explain.unsatisfiable(waiter));
      }
    }
    for (const queue of pool.queues.values()) {
      for (const waiter of queue) this.#suspects.add(waiter);
    }
    this.#touched.add(pool);
  }

  #timeOut(waiter: Waiter): void {
    this.#refuse(waiter, 'timeout', explain.waitTimeout(waiter, this.#clock.running()));
    this.#settle();
  }

  #refuse(waiter: Waiter, reason: WaitEnd, error: BrokerError): void {
    if (!this.#waiting.has(waiter)) return;
    this.#drop(waiter, reason);
    this.#answers.push(() => waiter.outcome.refused(error));
  }

  #drop(waiter: Waiter, reason: WaitEnd): void {
    this.#dequeue(waiter);
    this.#forget(waiter);
    for (const { pool } of waiter.claims) {
      if (pool.queues.size > 0) this.#touched.add(pool);
      else this.#tidy(pool);
    }
    this.#journal.add({ type: 'wait_end', ticket: waiter.ticket, reason });
  }

  /** It waits no more. */
  #forget(waiter: Waiter): void {
    this.#waits.remove(waiter);
    this.#waiting.delete(waiter);
    waiter.session.waits.delete(waiter);
    waiter.leave();
  }

  #enqueue(waiter: Waiter): void {
    const key = WaitQueue.keyOf(waiter);
    const queue = waiter.claims[0]!.pool.queues.get(key) ?? new WaitQueue(key, waiter);
    for (const { pool } of waiter.claims) {
      pool.queues.set(key, queue);
      this.#touched.add(pool);
    }
    queue.add(waiter);
    for (const scope of waiter.within) scope.waiters.add(waiter);
  }

  #dequeue(waiter: Waiter): void {
    const { queue, within, claims } = waiter;
    if (!queue) return;
    queue.remove(waiter);
    if (queue.size === 0) for (const { pool } of claims) pool.queues.delete(queue.key);
    for (const scope of within) scope.waiters.delete(waiter);
  }

  /** Locks, semaphores and slot families exist while somebody holds one or waits for one. */
  #tidy(pool: Pool): void {
    // An outcome may act at once: by now the name may belong to a pool made since.
    if (this.#implicit.get(pool.name) === pool && pool.idle) this.#implicit.delete(pool.name);
  }

  #claimsOf({ wants }: Wish): Claim[] {
    const claims = wants.map((want) => new Claim(this.#poolOf(want), want));
    const locks = claims.filter(({ pool }) => pool instanceof LockPool);
    if (new Set(locks.map(({ pool }) => pool)).size < locks.length) {
      throw badRequest('A request asks for the same lock twice.');
    }
    return claims;
  }

  #poolOf(want: Want): Pool {
    const { kind, name } = want;
    if (kind === 'pool') {
      const pool = this.#pools.get(name);
      if (pool) return pool;
      throw unknownPool(name, [...this.#pools.keys()]);
    }
    const full = `${kind}:${name}`;
    const known = this.#implicit.get(full);
    if (known) {
      if (kind === 'semaphore' && known.size !== want.permits) {
        throw explain.otherPermits(known, want.permits!);
      }
      return known;
    }
    if (Buffer.byteLength(name) > this.#limits.maxKeyBytes) {
      throw tooLarge(
        `The name of the ${kind} ${quoted(name)} is above maxKeyBytes (${this.#limits.maxKeyBytes})`,
      );
    }
    if (this.#implicit.size >= this.#limits.maxImplicitPools) {
      throw tooMany(
        `${this.#implicit.size} locks, semaphores and slot families are in use already`,
        'maxImplicitPools',
        this.#limits,
      );
    }
    const pool = implicitPool(full, want);
    this.#implicit.set(full, pool);
    return pool;
  }
}

function implicitPool(name: string, { kind, permits }: Want): Pool {
  if (kind === 'lock') return new LockPool(name);
  if (kind === 'slot') return new SlotPool(name);
  return new ListPool(name, 'semaphore', Array(permits).fill(null));
}

/**
 * These pools, those that requests link with them, and the queues of all of them. Where nothing is
 * open there is nothing to claim: what happens elsewhere changes nothing there, nor the other way round.
 */
function linked(touched: Iterable<Pool>): { pools: Set<Pool>; queues: Set<WaitQueue> } {
  const pools = new Set(touched);
  const queues = new Set<WaitQueue>();
  for (const pool of pools) {
    for (const queue of pool.queues.values()) {
      queues.add(queue);
      for (const claim of queue.claims) if (claim.pool.open) pools.add(claim.pool);
    }
  }
  return { pools, queues };
}
