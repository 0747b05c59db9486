import type { BrokerError } from '../protocol/errors.ts';
import type { Purpose } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import type { Pool, PoolKind, Resource } from './pool.ts';
import type { Session } from './session.ts';

/** How a wait ends: at most one of the two is called, once; none where its session ended. Neither may throw. */
export interface Outcome {
  granted(lease: HeldLease): void;
  refused(error: BrokerError): void;
}

/** What a request asks for. */
export interface Wish {
  kind: PoolKind;
  /** Of the pool, lock or slot family. */
  name: string;
  ttlMs: number;
  /** 0: now or never. */
  timeoutMs: number;
  purpose: Purpose;
}

/** A request for a lease that has not been answered. */
export class Waiter {
  /** Its place in the order of all requests: first come, first served. */
  readonly ticket: number;
  readonly session: Session;
  readonly pool: Pool;
  readonly wish: Wish;
  readonly outcome: Outcome;
  /** On the running clock, as is the deadline. */
  readonly since: number;
  readonly deadline: number;
  place = -1;
  /** The resource that is being checked for it, while it is out of the queue. */
  checking: Resource | undefined;
  newer: Waiter | undefined;
  older: Waiter | undefined;

  constructor(
    ticket: number,
    session: Session,
    pool: Pool,
    wish: Wish,
    outcome: Outcome,
    now: number,
  ) {
    this.ticket = ticket;
    this.session = session;
    this.pool = pool;
    this.wish = wish;
    this.outcome = outcome;
    this.since = now;
    this.deadline = now + wish.timeoutMs;
  }
}

/** Waiters in the order of their tickets; taking out any of them costs the same. */
export class WaitQueue {
  #oldest: Waiter | undefined;
  #newest: Waiter | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Waiter | undefined {
    return this.#oldest;
  }

  /** Puts a waiter at the place of its ticket: last if it is new, before the younger ones if it comes back. */
  add(waiter: Waiter): void {
    let older = this.#newest;
    while (older && older.ticket > waiter.ticket) older = older.older;
    const newer = older ? older.newer : this.#oldest;
    waiter.older = older;
    waiter.newer = newer;
    if (older) older.newer = waiter;
    else this.#oldest = waiter;
    if (newer) newer.older = waiter;
    else this.#newest = waiter;
    this.#size++;
  }

  remove(waiter: Waiter): void {
    if (waiter.older) waiter.older.newer = waiter.newer;
    else this.#oldest = waiter.newer;
    if (waiter.newer) waiter.newer.older = waiter.older;
    else this.#newest = waiter.older;
    waiter.older = undefined;
    waiter.newer = undefined;
    this.#size--;
  }

  /** How many are before it. */
  before(waiter: Waiter): number {
    let count = 0;
    for (let w = waiter.older; w; w = w.older) count++;
    return count;
  }
}
