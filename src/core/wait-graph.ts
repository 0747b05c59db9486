import type { HeldLease } from './lease.ts';
import { FREE, Matching, type Open, type Share } from './matching.ts';
import { LockPool } from './pool.ts';
import type { Resource } from './resource.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

/** Who has, or has claimed, what a request lacks. */
interface Obstacle {
  holder?: Waiter;
  claimant?: Waiter;
}

/** Who waits for whom, as things stand. */
export class WaitGraph {
  readonly #matching = new Matching(FREE);
  /** By request: those who lack what it holds, and those who lack what it has claimed. */
  readonly #lackHeld = new Map<Waiter, Waiter[]>();
  readonly #lackClaimed = new Map<Waiter, Waiter[]>();

  /** @param waiting all who wait, by their tickets. */
  constructor(waiting: readonly Waiter[]) {
    for (const waiter of waiting) this.#matching.add(waiter);
    for (const waiter of waiting) {
      for (const share of this.#matching.sharesOf(waiter)) {
        if (share.filled) continue;
        for (const { holder, claimant } of this.#obstacles(share)) {
          if (holder) addTo(this.#lackHeld, holder, waiter);
          else addTo(this.#lackClaimed, claimant!, waiter);
        }
      }
    }
  }

  /**
   * Those from whom a path leads to a request: each step goes to a request that holds a lease whose
   * end would give one more of what is lacked, or to an older one that has claimed that; the last
   * step is of the first kind.
   */
  waitingFor(to: Waiter): Set<Waiter> {
    const found = new Set(this.#lackHeld.get(to));
    for (const waiter of found) {
      for (const each of this.#lackHeld.get(waiter) ?? []) found.add(each);
      for (const each of this.#lackClaimed.get(waiter) ?? []) found.add(each);
    }
    return found;
  }

  #obstacles(share: Share): Iterable<Obstacle> {
    return share.claim.pool instanceof LockPool
      ? this.#lockObstacles(share, share.claim.pool)
      : this.#listObstacles(share);
  }

  *#listObstacles(start: Share): Iterable<Obstacle> {
    // A claim can move: what would serve the claimant instead would serve the share, too.
    const shares = new Set([start]);
    for (const { claim } of shares) {
      for (const resource of claim.pool.resources) {
        if (!claim.accepts(resource)) continue;
        yield* holdersOf(resource);
        const owner = this.#matching.ownerOf(resource);
        if (!owner) continue;
        if (owner.waiter !== start.waiter) yield { claimant: owner.waiter };
        shares.add(owner);
      }
    }
  }

  /** All of them, also for a shared request: it waits for an exclusive one, and that for all. */
  *#lockObstacles({ waiter }: Share, pool: LockPool): Iterable<Obstacle> {
    for (const permit of pool.resources) yield* holdersOf(permit);
    for (const claimant of this.#matching.claimantsOf(pool)) {
      if (claimant.waiter.ticket >= waiter.ticket) break;
      yield { claimant: claimant.waiter };
    }
  }
}

function addTo(map: Map<Waiter, Waiter[]>, key: Waiter, waiter: Waiter): void {
  const list = map.get(key);
  if (!list) map.set(key, [waiter]);
  // One after the other: the same is added for several obstacles in a row.
  else if (list.at(-1) !== waiter) list.push(waiter);
}

/** None while it is checked: who has it then waits for nobody. */
function* holdersOf({ lease }: Resource): Iterable<Obstacle> {
  for (const holder of lease?.heldBy(true) ?? []) yield { holder };
}

/** Whether the lease keeps a waiting request of these from going on. */
const keptFrom = (lease: HeldLease, stuck: ReadonlySet<Waiter>, perhaps: boolean): boolean => {
  for (const holder of lease.heldBy(perhaps)) if (stuck.has(holder)) return true;
  return false;
};

/**
 * The deadlock test: of these requests, and of those that hold what they lack, the ones that can
 * never be served. Assumes that every lease ends that no waiting request holds, and that what comes
 * back comes back; then whoever fits is served and gives back what it holds, again and again. Who is
 * left is stuck. (Reduction of the graph of resources: Holt, 1972.)
 *
 * @param perhaps count leases as held that may be released while requests in their scope wait.
 */
export function stuckAmong(seeds: Iterable<Waiter>, perhaps = false): Set<Waiter> {
  const stuck = new Set(seeds);
  for (const waiter of stuck) {
    for (const lease of leasesInTheWay(waiter)) {
      for (const holder of lease.heldBy(perhaps)) stuck.add(holder);
    }
  }
  const open: Open = ({ gone, lease }) => !gone && !(lease && keptFrom(lease, stuck, perhaps));
  for (let before = -1; stuck.size !== before; ) {
    before = stuck.size;
    for (const waiter of stuck) if (Matching.fits(waiter, open)) stuck.delete(waiter);
  }
  return stuck;
}

/** Leases of resources that would do for a request. */
function* leasesInTheWay({ claims }: Waiter): Iterable<HeldLease> {
  for (const claim of claims) {
    for (const resource of claim.pool.resources) {
      if (resource.lease && claim.accepts(resource)) yield resource.lease;
    }
  }
}

/** One step of a cycle: the request waits for a lease that the next one holds. */
export interface Step {
  waiter: Waiter;
  lease: HeldLease;
}

/** The shortest cycle of stuck requests through this one, or none. */
export function cycleThrough(
  start: Waiter,
  stuck: ReadonlySet<Waiter>,
  perhaps = false,
): Step[] | undefined {
  const reachedBy = new Map<Waiter, Step>();
  const met = [start];
  for (const waiter of met) {
    for (const lease of leasesInTheWay(waiter)) {
      for (const holder of lease.heldBy(perhaps)) {
        if (!stuck.has(holder) || reachedBy.has(holder)) continue;
        reachedBy.set(holder, { waiter, lease });
        if (holder === start) return pathTo(start, reachedBy);
        met.push(holder);
      }
    }
  }
  return undefined;
}

function pathTo(start: Waiter, reachedBy: Map<Waiter, Step>): Step[] {
  const path: Step[] = [];
  let waiter = start;
  do {
    const step = reachedBy.get(waiter)!;
    path.unshift(step);
    waiter = step.waiter;
  } while (waiter !== start);
  return path;
}

/** Those who wait for what these sessions hold. */
export function* waitersFor(sessions: Iterable<Session>): Iterable<Step> {
  for (const session of sessions) {
    for (const lease of session.leases) {
      for (const queue of new Set(lease.all.flatMap(({ pool }) => [...pool.queues.values()]))) {
        const wanted = lease.all.some((resource) =>
          queue.claims.some((claim) => claim.pool === resource.pool && claim.accepts(resource)),
        );
        if (wanted) for (const waiter of queue) yield { waiter, lease };
      }
    }
  }
}

/** Whether a request lacks something that only the end of a worker can give it. */
export const needsWorkersEnd = (waiter: Waiter): boolean =>
  waiter.claims.some(({ pool }) => pool.lasting > 0) &&
  !Matching.fits(waiter, ({ gone, lease }) => !gone && !lease?.lasting);
