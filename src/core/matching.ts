import type { LockMode } from '../protocol/messages.ts';
import type { Claim } from './claim.ts';
import { type ListPool, LockPool, type Pool, SlotPool } from './pool.ts';
import type { Resource } from './resource.ts';
import type { Waiter } from './waiters.ts';

/** Whether a resource may be handed out. Of a lock: whether a permit that is held no longer counts. */
export type Open = (resource: Resource) => boolean;

/** What is free now. */
export const FREE: Open = ({ state }) => state === 'free';
/** What could ever be free. */
export const USABLE: Open = ({ gone }) => !gone;

/** What a request has of one of its claims. */
export interface Share {
  readonly waiter: Waiter;
  readonly claim: Claim;
  readonly resources: Set<Resource>;
  filled: boolean;
}

/**
 * Who could have what: requests matched with open resources in the order in which they are added,
 * by augmenting paths. (Berge, 1957; that the sets which can be matched form a matroid is Edmonds and
 * Fulkerson, 1965: so to serve the oldest first never leaves an older one with less for a younger.)
 *
 * - A request claims as many resources as older ones leave it, up to what it asks for: a number,
 *   not particular ones. What a later one is given may move an older one's claim to another
 *   resource, never take it away.
 * - A lock is any number of permits: who shares it claims one, an exclusive request all that are left.
 *   So it bars those behind it, also while others share the lock.
 */
export class Matching {
  readonly #open: Open;
  readonly #random: () => number;
  readonly #shares = new Map<Waiter, Share[]>();
  readonly #owners = new Map<Resource, Share>();
  /** Who claims permits of each lock: shared requests up to the first exclusive one. */
  readonly #locks = new Map<Pool, Share[]>();
  /** Keys of claims of which one could not be filled: later ones get nothing, as what is claimed stays claimed. */
  readonly #exhausted = new Set<string>();

  constructor(open: Open, random: () => number = Math.random) {
    this.#open = open;
    this.#random = random;
  }

  /** Whether a request could have all that it asks for, were it alone. */
  static fits(waiter: Waiter, open: Open): boolean {
    const [claim, other] = waiter.claims;
    if (other || claim!.count > 1) return new Matching(open).add(waiter);
    const { pool, mode } = claim!;
    if (pool instanceof SlotPool) return true;
    if (pool instanceof LockPool) return admits(pool, mode, open);
    return pool.resources.some((resource) => open(resource) && claim!.accepts(resource));
  }

  /** Claims for a request what it asks for, as far as it is there; whether that is all. */
  add(waiter: Waiter): boolean {
    let whole = true;
    const shares = waiter.claims.map((claim) => {
      const share: Share = { waiter, claim, resources: new Set(), filled: false };
      share.filled = this.#fill(share);
      whole &&= share.filled;
      return share;
    });
    this.#shares.set(waiter, shares);
    return whole;
  }

  /** What a request that was added has, by its claims. */
  sharesOf(waiter: Waiter): readonly Share[] {
    return this.#shares.get(waiter)!;
  }

  /** Who claims an open resource. */
  ownerOf(resource: Resource): Share | undefined {
    return this.#owners.get(resource);
  }

  /** Who claims permits of a lock, by the order in which they were added. */
  claimantsOf(lock: Pool): readonly Share[] {
    return this.#locks.get(lock) ?? [];
  }

  /** Whether a request that was added claims anything. */
  claims(waiter: Waiter): boolean {
    return this.sharesOf(waiter).some(({ filled, resources }) => filled || resources.size > 0);
  }

  /** The pools of which open resources are claimed. */
  *contested(): Iterable<Pool> {
    for (const { pool } of this.#owners.keys()) yield pool;
  }

  /** Hands a request what it claims, by its claims. It must have all that it asks for. */
  take(waiter: Waiter): Resource[][] {
    return this.sharesOf(waiter).map(({ claim, resources }) => {
      for (const resource of resources) this.#owners.delete(resource);
      return handed(claim, resources);
    });
  }

  #fill(share: Share): boolean {
    const { claim, resources } = share;
    const { pool, count } = claim;
    if (pool instanceof SlotPool) return true;
    if (pool instanceof LockPool) return this.#fillLock(pool, share);
    if (this.#exhausted.has(claim.key)) return false;
    for (const resource of this.#candidates(share)) {
      if (this.#owners.has(resource) || !claim.accepts(resource)) continue;
      this.#give(resource, share);
      if (resources.size === count) return true;
    }
    while (this.#augment(share)) if (resources.size === count) return true;
    this.#exhausted.add(claim.key);
    return false;
  }

  #fillLock(pool: LockPool, share: Share): boolean {
    if (!admits(pool, 'shared', this.#open)) return false;
    const claimants = this.#locks.get(pool) ?? [];
    const last = claimants.at(-1);
    if (last?.claim.mode === 'exclusive') return false;
    claimants.push(share);
    this.#locks.set(pool, claimants);
    return share.claim.mode === 'shared' || (!last && admits(pool, 'exclusive', this.#open));
  }

  /** Finds one resource more, where claims must be moved for that; the shortest such path. */
  #augment(share: Share): boolean {
    /** For each resource that was met: who would take it. */
    const takers = new Map<Resource, Share>();
    /** For each share that was met: the resource that it would give for another one. */
    const given = new Map<Share, Resource>();
    const met = [share];
    for (const taker of met) {
      for (const resource of this.#candidates(taker)) {
        if (takers.has(resource) || !taker.claim.accepts(resource)) continue;
        const owner = this.#owners.get(resource);
        if (owner === taker || owner === share) continue;
        takers.set(resource, taker);
        if (!owner) {
          this.#flip(resource, takers, given);
          return true;
        }
        if (given.has(owner)) continue;
        given.set(owner, resource);
        met.push(owner);
      }
    }
    return false;
  }

  #flip(end: Resource, takers: Map<Resource, Share>, given: Map<Share, Resource>): void {
    for (let resource: Resource | undefined = end; resource; ) {
      const taker: Share = takers.get(resource)!;
      const next = given.get(taker);
      if (next) taker.resources.delete(next);
      this.#give(resource, taker);
      resource = next;
    }
  }

  #give(resource: Resource, share: Share): void {
    this.#owners.set(resource, share);
    share.resources.add(resource);
  }

  /** What is open of the pool, in the order in which the request would have it; some may come twice. */
  #candidates({ waiter, claim }: Share): Iterable<Resource> {
    const pool = claim.pool as ListPool;
    return this.#open === FREE
      ? freeFor(waiter, claim, pool, this.#random)
      : pool.resources.filter(this.#open);
  }
}

/** Whether what is held of a lock, and does count, goes with another one of this mode. */
const admits = (pool: LockPool, mode: LockMode, open: Open): boolean =>
  (mode === 'shared' && pool.mode === 'shared') || pool.resources.every(open);

/** For a request for one thing, where nobody else has a claim: takes what it would have most, if anything. */
export function pickOne(waiter: Waiter, claim: Claim, random: () => number): Resource | undefined {
  const { pool, mode } = claim;
  if (pool instanceof SlotPool) return taken(pool.next());
  if (pool instanceof LockPool) {
    return admits(pool, mode, FREE) ? taken(pool.next(mode)) : undefined;
  }
  for (const resource of freeFor(waiter, claim, pool as ListPool, random)) {
    if (claim.accepts(resource)) return taken(resource);
  }
  return undefined;
}

/** Hands a request what it had before, by its claims, if all of that is free once more. */
export function takeAgain({ claims }: Waiter, had: Resource[][]): Resource[][] | undefined {
  const free = claims.every(({ pool, mode }, i) =>
    pool instanceof LockPool ? admits(pool, mode, FREE) : had[i]!.every(FREE),
  );
  return free ? claims.map((claim, i) => handed(claim, had[i]!)) : undefined;
}

function* freeFor(
  { session }: Waiter,
  { want }: Claim,
  pool: ListPool,
  random: () => number,
): Iterable<Resource> {
  const prefer = want.prefer ?? pool.care.prefer ?? 'same-worker';
  const free = prefer === 'random' ? shuffled(pool.free, random) : pool.free;
  // What has just been checked goes first: it need not be checked again.
  for (let resource = pool.free.oldest; resource?.verified; resource = resource.newer) {
    yield resource;
  }
  const last = prefer === 'same-worker' ? pool.lastOf(session.worker) : undefined;
  if (last?.state === 'free') yield last;
  yield* free;
}

/** What meets a claim, out of the free: of a pool, these. */
function handed({ pool, mode }: Claim, resources: Iterable<Resource>): Resource[] {
  if (pool instanceof SlotPool) return [taken(pool.next())];
  if (pool instanceof LockPool) return [taken(pool.next(mode))];
  return Array.from(resources, taken);
}

/** Out of the free, and not yet anybody's. */
function taken(resource: Resource): Resource {
  resource.pool.take(resource);
  return resource;
}

/** Each order is as likely as any other. (Durstenfeld, 1964.) */
function shuffled<T>(items: Iterable<T>, random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
