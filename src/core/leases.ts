import {
  BrokerError,
  badRequest,
  cancelled,
  quoted,
  stopping,
  tooMany,
} from '../protocol/errors.ts';
import { HEARTBEAT_MS, type Limits, NOTICE_MS } from '../protocol/limits.ts';
import type { EndReason, Identity } from '../protocol/messages.ts';
import { Checks } from './checks.ts';
import type { Clock } from './clock.ts';
import { EndedLeases } from './ended-leases.ts';
import { Expiry } from './expiry.ts';
import * as explain from './explain.ts';
import { GrantPass } from './grant-pass.ts';
import type { Journal, WaitEnd } from './journal.ts';
import { HeldLease } from './lease.ts';
import { Matching, USABLE } from './matching.ts';
import type { Pool } from './pool.ts';
import { type PoolDefinition, Pools } from './pools.ts';
import type { Resource } from './resource.ts';
import { type Hooks, Returns } from './returns.ts';
import { Session } from './session.ts';
import { NOTICES_PER_SWEEP } from './slow-waits.ts';
import { cycleThrough, stuckAmong } from './wait-graph.ts';
import { type Outcome, Waiter, type Wish } from './waiters.ts';

/**
 * Who holds what, and who waits for it. Synchronous: between two events the state is whole.
 *
 * - At no moment do two live sessions hold one resource, unless they share a lock.
 * - First come, first served, by ticket: nobody is overtaken for a resource that it could use; the
 *   one exception is in `GrantPass`.
 * - All that a request asks for is granted at once, or nothing.
 * - A lease lives at least its TTL on the running clock, and ends once.
 * - What a session holds or waits for ends with the session.
 * - A cycle of waits is found when it closes, and what can never be met is refused.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #journal: Journal;
  readonly #pools: Pools;
  readonly #pass: GrantPass;
  readonly #checks: Checks;
  readonly #returns: Returns;
  readonly #held = new Expiry<HeldLease>(HEARTBEAT_MS);
  readonly #waits = new Expiry<Waiter>(HEARTBEAT_MS);
  readonly #ended = new EndedLeases();
  /** Requests that a grant or a loss may have closed a cycle around. */
  readonly #suspects = new Set<Waiter>();
  /** To be given when the state is whole again. */
  readonly #answers: (() => void)[] = [];
  #settling = false;
  #stopping = false;
  #sessions = 0;
  #tokens = 0;

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
    this.#pools = new Pools(limits);
    this.#pass = new GrantPass(random, {
      serve: (waiter, resources) => {
        this.#serve(waiter, resources);
        return this.#checks.answered;
      },
      parked: (waiter) => this.#tellParked(waiter),
    });
    this.#returns = new Returns(clock, journal, hooks, {
      free: (resource) => this.#putBack(resource),
      gone: (resource) => this.#lose(resource),
      settle: () => this.#settle(),
    });
    this.#checks = new Checks((...asked) => hooks.check(...asked), {
      waits: (waiter, had) => {
        if (!waiter.answered) this.#pass.join(waiter, had);
      },
      usable: (resource) => this.#putBack(resource),
      unusable: (resource) => this.#returns.unusable(resource),
      answered: (waiter) => {
        if (this.#settling) return;
        this.#settle();
        if (waiter.queue && waiter.wish.timeoutMs === 0) this.#timeOut(waiter);
      },
    });
  }

  definePool(name: string, definition: PoolDefinition): void {
    this.#pools.define(name, definition);
  }

  /** The pools that are defined, in the order of their definition. */
  pools(): Pool[] {
    return this.#pools.defined();
  }

  /** The pools that are defined, and the locks, semaphores and slots in use. */
  allPools(): Pool[] {
    return this.#pools.all();
  }

  /** All that are held, the oldest first. */
  allHeld(): HeldLease[] {
    return [...this.#held].sort((a, b) => a.token - b.token);
  }

  /** All that wait, in the order of asking. */
  allWaiting(): Waiter[] {
    return inOrder(this.#waits);
  }

  /** `lost` is told of every lease that ends while the session lives, otherwise than by its release. */
  openSession(identity: Identity, lost?: Session['lost']): Session {
    const session = new Session(++this.#sessions, identity, lost);
    this.#journal.sessionStarted(session);
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
    session.checkOpen();
    if (this.#held.size >= this.#limits.maxLeases) {
      throw tooMany(`${this.#held.size} leases are held already`, 'maxLeases', this.#limits);
    }
    const claims = this.#pools.claims(wish.wants);
    const waiter = new Waiter(
      this.#journal.newTicket(),
      session,
      claims,
      wish,
      outcome,
      this.#clock.running(),
    );
    waiter.enter();
    try {
      if (!this.#serveAtOnce(waiter)) this.#join(waiter);
      if (!waiter.answered) this.#beginWait(waiter);
    } catch (error) {
      waiter.leave();
      throw error;
    } finally {
      this.#settle();
      for (const { pool } of claims) this.#pools.tidy(pool);
    }
    return waiter;
  }

  /** Gives a wait up. Without effect on one that has ended. */
  cancel(waiter: Waiter): void {
    this.#refuse(waiter, 'cancelled', cancelled());
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
   * Somebody has written or deleted the key: what is being made of it (`once`) is older than that, and
   * only for those who have asked so far.
   */
  overtake(key: string): void {
    const lease = this.#pools.computation(key)?.resources[0]?.lease;
    if (lease) lease.lastTold = Math.min(lease.lastTold, this.#journal.lastTicket);
  }

  /**
   * The holder has done what the lease was for, or has failed to: all who wait for the same need it no
   * more, and are told. Who asked after it was overtaken waits on.
   *
   * @param result JSON text, or why there is none.
   * @throws BrokerError `lease_lost`, `not_holder`.
   */
  conclude(session: Session, id: string, result: string | BrokerError): void {
    const lease = this.held(session, id);
    const { pool } = lease.all[0]!;
    for (const waiter of [...pool.queues.values()].flatMap((queue) => [...queue])) {
      if (waiter.ticket > lease.lastTold) continue;
      if (typeof result !== 'string') this.#refuse(waiter, 'failed', result);
      else {
        this.#drop(waiter, 'answered');
        this.#answers.push(() => waiter.outcome.answered!(result));
      }
    }
    this.#end(lease, 'released', false);
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
    const other = lease.all.find(({ pool }) => pool.kind !== 'pool')?.pool;
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
    const lease = [...this.#held].find((each) => each.id === id);
    if (!lease)
      throw this.#ended.error(id) ?? new BrokerError('not_found', `No lease ${quoted(id)}.`);
    this.#end(lease, 'revoked', true, why);
    this.#settle();
  }

  /** Ends all that the session holds and waits for. Without effect on one that has ended. */
  endSession(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    const reason = this.#stopping ? 'stopped' : 'disconnected';
    for (const waiter of [...session.waits]) this.#drop(waiter, reason);
    for (const lease of [...session.leases]) this.#end(lease, reason, true);
    this.#journal.sessionEnded(session);
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
    for (const waiter of inOrder(this.#waits)) this.#refuse(waiter, 'stopped', stopping());
    this.#settle();
  }

  /** The lease of that id, which the session must hold. @throws BrokerError `lease_lost`, `not_holder`. */
  held(session: Session, id: string): HeldLease {
    const lease = session.leases.find((each) => each.id === id);
    if (lease) return lease;
    throw (
      this.#ended.error(id) ??
      new BrokerError('not_holder', `This session holds no lease ${quoted(id)}.`, { lease: id })
    );
  }

  /** Where nobody waits for any of it, and all is free. */
  #serveAtOnce(waiter: Waiter): boolean {
    const resources = this.#pass.takeAtOnce(waiter);
    if (!resources) return false;
    if (this.#checks.needed(waiter)) this.#remember(waiter);
    this.#serve(waiter, resources);
    return true;
  }

  #join(waiter: Waiter): void {
    if (!Matching.fits(waiter, USABLE)) throw explain.unsatisfiable(waiter);
    this.#pass.join(waiter);
    // "Now or never" waits for nobody.
    if (waiter.wish.timeoutMs > 0 && waiter.holds(false)) {
      const stuck = stuckAmong([waiter]);
      if (stuck.has(waiter)) {
        const error = explain.deadlock(cycleThrough(waiter, stuck)!, this.#clock.running());
        this.#pass.leave(waiter);
        throw error;
      }
    }
    this.#remember(waiter);
    this.#settle();
  }

  #beginWait(waiter: Waiter): void {
    const { timeoutMs } = waiter.wish;
    this.#journal.waits(waiter);
    if (waiter.checking) return;
    if (timeoutMs === 0) return this.#timeOut(waiter);
    if (this.#waits.size > this.#limits.maxWaiters) {
      this.#drop(waiter, 'refused');
      throw tooMany(
        `${this.#waits.size} requests wait for leases already`,
        'maxWaiters',
        this.#limits,
      );
    }
    this.#noticePerhaps(waiter);
  }

  /** Its own leases and those of others might wait for each other: all on the cycle are told, since any of them may be the first to time out. */
  #noticePerhaps(waiter: Waiter): void {
    if (!waiter.holds(true)) return;
    // None where it only waits for those who might wait for each other: they have been told.
    const cycle = cycleThrough(waiter, stuckAmong([waiter], true), true);
    if (!cycle) return;
    const warning = explain.perhaps(cycle, this.#clock.running());
    for (const each of cycle.map((step) => step.waiter)) {
      each.perhaps = warning;
      each.tell('perhaps_deadlock', () => warning);
    }
  }

  #noticeSlow(now: number): void {
    let left = NOTICES_PER_SWEEP;
    for (const waiter of this.#pass.waitingSince(now - NOTICE_MS)) {
      if (waiter.told.has('slow')) continue;
      waiter.tell('slow', () => explain.stillWaiting(waiter, now));
      if (--left === 0) return;
    }
  }

  #tellParked(waiter: Waiter): void {
    // "Now or never" waits for nobody's end.
    if (waiter.wish.timeoutMs === 0 || waiter.told.has('worker_scope')) return;
    this.#answers.push(() => waiter.tell('worker_scope', () => explain.workerScope(waiter)));
  }

  /** Runs the grant pass until nothing is left to do, and then gives the answers. */
  #settle(): void {
    this.#settling = true;
    try {
      do this.#checks.take();
      while (this.#pass.run() || this.#checks.answered || this.#refuseStuck());
    } finally {
      // A fault must not keep all others from being served.
      this.#checks.forget();
      this.#settling = false;
    }
    for (let answer = this.#answers.shift(); answer; answer = this.#answers.shift()) answer();
  }

  /** Of requests that can never be served any more, tells the youngest on a cycle; whether there was one. */
  #refuseStuck(): boolean {
    if (this.#suspects.size === 0) return false;
    const suspects = [...this.#suspects].filter(
      // "Now or never" waits for nobody.
      ({ queue, wish }) => queue && wish.timeoutMs > 0,
    );
    this.#suspects.clear();
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

  /** These are out of the free for the waiter, who is in no queue. */
  #serve(waiter: Waiter, resources: Resource[][]): void {
    if (!this.#checks.start(waiter, resources)) this.#grant(waiter, resources);
  }

  #grant(waiter: Waiter, resources: Resource[][]): void {
    const { session, until, outcome } = waiter;
    const now = this.#clock.running();
    const lease = new HeldLease(++this.#tokens, resources, waiter, now);
    for (const resource of lease.all) {
      resource.state = 'held';
      resource.lease = lease;
      resource.failures = 0;
      resource.verified = false;
      if (lease.lasting) resource.pool.lasting++;
    }
    session.leases.push(lease);
    this.#held.add(lease);
    if (until) {
      until.leases.add(lease);
      for (const holder of lease.heldBy(false)) this.#suspects.add(holder);
      for (const holder of lease.heldBy(true)) {
        this.#answers.push(() => holder.queue && this.#noticePerhaps(holder));
      }
    }
    this.#forget(waiter);
    if (lease.lasting) for (const { pool } of lease.all) this.#pass.touch(pool);
    this.#journal.granted(waiter, lease);
    this.#answers.push(() => outcome.granted(lease));
  }

  #end(lease: HeldLease, reason: EndReason, dirty: boolean, why?: string): void {
    const { session, until } = lease;
    this.#held.remove(lease);
    remove(session.leases, lease);
    if (until) {
      until.leases.delete(lease);
      session.tidy(until);
    }
    this.#ended.add(lease.id, reason);
    const freedAt = this.#clock.running();
    this.#journal.ended(lease, reason, freedAt - lease.since, why);
    const own = reason === 'released' || reason === 'retired';
    if (!own && !session.ended) session.lost(lease, reason);
    for (const resource of lease.all) {
      const { pool } = resource;
      resource.lease = undefined;
      resource.formerIdentity = session.identity;
      resource.formerPurpose = lease.purpose;
      resource.freedAt = freedAt;
      if (lease.lasting) {
        pool.lasting--;
        this.#pass.touch(pool);
      }
      pool.returnedBy(session.worker, resource);
      this.#returns.back(resource, { reason, dirty });
    }
  }

  #putBack(resource: Resource): void {
    const { pool } = resource;
    pool.put(resource);
    this.#pass.touch(pool);
    this.#pools.tidy(pool);
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
    this.#pass.touch(pool);
  }

  #timeOut(waiter: Waiter): void {
    this.#refuse(waiter, 'timeout', explain.waitTimeout(waiter, this.#clock.running()));
    this.#settle();
  }

  #refuse(waiter: Waiter, reason: WaitEnd, error: BrokerError): void {
    if (waiter.answered) return;
    this.#drop(waiter, reason);
    this.#answers.push(() => waiter.outcome.refused(error));
  }

  #drop(waiter: Waiter, reason: WaitEnd): void {
    this.#pass.leave(waiter);
    this.#forget(waiter);
    for (const { pool } of waiter.claims) {
      this.#pass.touch(pool);
      this.#pools.tidy(pool);
    }
    this.#journal.waitEnded(waiter.ticket, reason);
  }

  /** It has not been answered yet. */
  #remember(waiter: Waiter): void {
    this.#waits.add(waiter);
    waiter.session.waits.push(waiter);
  }

  /** It waits no more. */
  #forget(waiter: Waiter): void {
    waiter.answered = true;
    this.#waits.remove(waiter);
    remove(waiter.session.waits, waiter);
    waiter.leave();
  }
}

const inOrder = (waiters: Iterable<Waiter>): Waiter[] =>
  [...waiters].sort((a, b) => a.ticket - b.ticket);

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
}
