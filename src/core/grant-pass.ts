import { FREE, Matching, pickOne, takeAgain } from './matching.ts';
import { LockPool, type Pool } from './pool.ts';
import type { Resource } from './resource.ts';
import { needsWorkersEnd, WaitGraph } from './wait-graph.ts';
import { byTicket, type Waiter, WaitQueue } from './waiters.ts';

/** What the pass does with what it finds. */
export interface Verdicts {
  /**
   * The waiter, who is in no queue any more, gets these resources, by its claims; they are out of
   * the free. Whether that has changed what is free, so that all must be looked at anew.
   */
  serve(waiter: Waiter, resources: Resource[][]): boolean;
  /** The waiter lacks something that only the end of another worker can give it. May come often. */
  parked(waiter: Waiter): void;
}

/** Who waits for what, and who is served next. */
export class GrantPass {
  readonly #verdicts: Verdicts;
  readonly #random: () => number;
  readonly #queues = new Set<WaitQueue>();
  /** Where something has changed since the last pass. */
  readonly #touched = new Set<Pool>();
  /** Pools in which something is free that somebody waits for, or a lock that not all who wait may share. */
  readonly #contested = new Set<Pool>();
  /** Those who have just come back from checks, and what they had: all that they ask for. */
  readonly #back = new Map<Waiter, Resource[][]>();

  constructor(random: () => number, verdicts: Verdicts) {
    this.#random = random;
    this.#verdicts = verdicts;
  }

  /** Something may be free in the pool, or claimed no longer. */
  touch(pool: Pool): void {
    if (pool.queues.size > 0) this.#touched.add(pool);
    else this.#contested.delete(pool);
  }

  /**
   * Puts a waiter into the queue of those whom the same resources would serve.
   *
   * @param had what was out of the free for it, by its claims, until now.
   */
  join(waiter: Waiter, had?: Resource[][]): void {
    const key = WaitQueue.keyOf(waiter);
    const queue = waiter.claims[0]!.pool.queues.get(key) ?? new WaitQueue(key, waiter);
    this.#queues.add(queue);
    for (const { pool } of waiter.claims) {
      pool.queues.set(key, queue);
      this.#touched.add(pool);
    }
    queue.add(waiter);
    if (had) this.#back.set(waiter, had);
    for (const scope of waiter.within) scope.waiters.add(waiter);
  }

  /** Without effect on a waiter that is in no queue. */
  leave(waiter: Waiter): void {
    const { queue, within, claims } = waiter;
    if (!queue) return;
    this.#back.delete(waiter);
    queue.remove(waiter);
    if (queue.size === 0) {
      this.#queues.delete(queue);
      for (const { pool } of claims) pool.queues.delete(queue.key);
    }
    for (const scope of within) scope.waiters.delete(waiter);
  }

  /** Those in the queues who came before then, on the running clock. */
  *waitingSince(then: number): Iterable<Waiter> {
    for (const queue of this.#queues) {
      for (const waiter of queue) {
        if (waiter.since > then) break;
        yield waiter;
      }
    }
  }

  /** All that a newcomer asks for, out of the free, where it is there and nobody waits for any of it. */
  takeAtOnce(waiter: Waiter): Resource[][] | undefined {
    if (waiter.claims.some(({ pool }) => pool.queues.size > 0)) return undefined;
    return this.#takeAlone(waiter);
  }

  /** Serves whoever can be served; whether there was anybody. */
  run(): boolean {
    if (this.#touched.size > 0) this.#pass();
    if (this.#touched.size > 0) return true;
    // Each of them has had its turn.
    this.#back.clear();
    return this.#passOne();
  }

  /**
   * The grant pass over the pools in which something has changed, and those that are linked with them
   * by requests for both: the oldest request that can have all that it asks for is served, again and
   * again. What older ones have claimed in part is not for younger ones; but what lacks the end of
   * another worker binds only those who would last as long.
   *
   * What was checked for a request is for it, unless an older one is served with some of it: who could
   * only claim that loses nothing, since while it was checked it was not there for others. So every
   * check that succeeds ends in a grant, or in the grant or check of an older request: else two could
   * have the same checked by turns, for ever.
   */
  #pass(): void {
    if (this.#passAlone()) return;
    const { pools, queues } = linked(this.#touched);
    this.#touched.clear();
    for (const pool of pools) this.#contested.delete(pool);
    for (const queue of queues) this.#park(queue);
    const binding = new Matching(FREE, this.#random);
    const parked = [...queues].some((queue) => queue.parked);
    /** With the claims of those who lack the end of a worker. */
    const all = parked ? new Matching(FREE, this.#random) : binding;
    /** Not to be left before their turn, though older ones in there can claim nothing. */
    const due = new Set([...this.#back.keys()].map(({ queue }) => queue));
    let again = false;
    byTicket(queues, (waiter) => {
      if (again) return false;
      const had = this.#back.get(waiter);
      const checked = had && takeAgain(waiter, had);
      if (checked) {
        this.leave(waiter);
        this.#verdicts.serve(waiter, checked);
        // Older ones may have claimed some of it.
        again = true;
        return false;
      }
      if (waiter.queue!.parked) {
        all.add(waiter);
        return all.claims(waiter);
      }
      const [mine, other] = waiter.lasting ? [all, binding] : [binding, all];
      const whole = mine.add(waiter);
      if (other !== mine) other.add(waiter);
      // Those behind it in its queue can claim something where it could, in either.
      if (!whole) return mine.claims(waiter) || other.claims(waiter) || due.has(waiter.queue);
      this.leave(waiter);
      again = this.#verdicts.serve(waiter, mine.take(waiter));
      // It changes whom claims bind.
      again ||= parked || waiter.lasting;
      return true;
    });
    if (again) {
      for (const pool of pools) this.touch(pool);
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
   * The pass where only one queue is concerned, and none of another worker's leases: by age, until one
   * does not fit, since then those behind it do not either. Whether that was so.
   */
  #passAlone(): boolean {
    const [pool, other] = this.#touched;
    if (!pool || other || pool.queues.size !== 1 || pool.lasting > 0) return false;
    const [queue] = pool.queues.values();
    if (queue!.claims.length > 1) return false;
    this.#touched.clear();
    this.#contested.delete(pool);
    for (let oldest = queue!.oldest; oldest; oldest = queue!.oldest) {
      const resources = this.#takeAlone(oldest);
      if (!resources) return true;
      this.leave(oldest);
      if (!this.#verdicts.serve(oldest, resources)) continue;
      this.touch(pool);
      return true;
    }
    return true;
  }

  #takeAlone(waiter: Waiter): Resource[][] | undefined {
    const { claims } = waiter;
    if (claims.length === 1 && claims[0]!.count === 1) {
      const resource = pickOne(waiter, claims[0]!, this.#random);
      return resource && [[resource]];
    }
    const matching = new Matching(FREE, this.#random);
    return matching.add(waiter) ? matching.take(waiter) : undefined;
  }

  /**
   * The exception, for one: an older request never stands in the way of one that it is itself waiting
   * for. Serves the first that holds something, and that fits into what is free when only those
   * older ones count that do not wait for it.
   */
  #passOne(): boolean {
    if (this.#contested.size === 0) return false;
    const candidates = this.#holdersThatFit();
    if (candidates.length === 0) return false;
    const queued = [...this.#queues].flatMap((queue) => [...queue]).sort(byAge);
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
      this.leave(waiter);
      this.#verdicts.serve(waiter, matching.take(waiter));
      for (const { pool } of waiter.claims) this.touch(pool);
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
    return [...found].sort(byAge);
  }

  #park(queue: WaitQueue): void {
    queue.parked = needsWorkersEnd(queue.oldest!);
    if (queue.parked) for (const waiter of queue) this.#verdicts.parked(waiter);
  }
}

const byAge = (a: Waiter, b: Waiter) => a.ticket - b.ticket;

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
