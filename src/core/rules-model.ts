/** A lock is this many permits: shared takes one, exclusive takes all. */
export const PERMITS = 18;

/** A resource, or a permit of a lock, by its pool and its number. */
export const placeOf = (pool: string, number: number): string => `${pool}#${number}`;

export interface ModelClaim {
  pool: string;
  /** Places that will do. */
  accepts: string[];
  count: number;
}

export interface ModelRequest {
  ticket: number;
  session: number;
  claims: ModelClaim[];
  within: string[];
  until: string | undefined;
  early: boolean;
}

interface ModelLease extends ModelRequest {
  places: string[];
}

type Open = (place: string) => boolean;
type Numbers = Map<ModelClaim, number>;

/**
 * The lease rules by brute force, for tests: nothing is kept but who holds what and who waits, and
 * every question is answered from that by trying all there is.
 */
export class RulesModel {
  readonly waiting: ModelRequest[] = [];
  readonly leases = new Map<string, ModelLease>();
  readonly held = new Map<string, ModelLease>();
  readonly gone = new Set<string>();
  readonly #places: [pool: string, isLock: boolean, places: string[]][];

  /** Pools by their sizes; 0 stands for a lock. */
  constructor(sizes: Record<string, number>) {
    this.#places = Object.entries(sizes).map(([pool, size]) => {
      const places = Array.from({ length: size || PERMITS }, (_, i) => placeOf(pool, i));
      return [pool, size === 0, places];
    });
  }

  readonly #usable: Open = (place) => !this.gone.has(place);
  readonly #free: Open = (place) => !this.held.has(place) && this.#usable(place);

  grant(id: string, lease: ModelLease): void {
    this.leases.set(id, lease);
    for (const place of lease.places) this.held.set(place, lease);
  }

  end(id: string): void {
    for (const place of this.leases.get(id)!.places) this.held.delete(place);
    this.leases.delete(id);
  }

  /** Waiting requests that hold a lease; `perhaps`: also where it may be released before. */
  holders({ until, session, early }: ModelLease, perhaps: boolean): ModelRequest[] {
    if (until === undefined || (early && !perhaps)) return [];
    return this.waiting.filter((w) => w.session === session && w.within.includes(until));
  }

  holds({ session, within }: ModelRequest): boolean {
    const held = [...this.leases.values()].filter((lease) => lease.session === session);
    return held.some(({ until }) => within.includes(until!));
  }

  /**
   * How many each claim has when requests come in this order and each leaves those before it their
   * number; `fixed`: no more than this.
   */
  numbers(requests: ModelRequest[], open = this.#free, fixed?: Numbers): Numbers {
    const numbers: Numbers = new Map();
    for (const [pool, isLock, all] of this.#places) {
      const claims = requests.flatMap((request) => request.claims.filter((c) => c.pool === pool));
      if (claims.length === 0) continue;
      const places = all.filter(open);
      let left = places.length;
      /** Every set of places that those before may have taken. */
      let taken = new Set([0]);
      for (const claim of claims) {
        let number = fixed?.get(claim) ?? claim.count;
        if (isLock) {
          number = Math.min(number, left);
          left -= number;
        } else {
          const fit = places.flatMap((place, i) => (claim.accepts.includes(place) ? 1 << i : []));
          let next = extended(taken, fit, number);
          while (next.size === 0) next = extended(taken, fit, --number);
          taken = next;
        }
        numbers.set(claim, number);
      }
    }
    return numbers;
  }

  whole(request: ModelRequest, before: ModelRequest[], open = this.#free): boolean {
    const numbers = this.numbers([...before, request], open);
    return request.claims.every((claim) => numbers.get(claim) === claim.count);
  }

  satisfiable = (request: ModelRequest): boolean => this.whole(request, [], this.#usable);

  /** It lacks what only the end of a worker can give it. */
  parked(request: ModelRequest): boolean {
    const lasts: Open = (place) => this.held.get(place)?.until === 'worker';
    return !this.whole(request, [], (place) => this.#usable(place) && !lasts(place));
  }

  older = (w: ModelRequest) => this.waiting.slice(0, this.waiting.indexOf(w));

  /** Those before it whose claims bind it. */
  binding(request: ModelRequest): ModelRequest[] {
    return this.older(request).filter((w) => request.until === 'worker' || !this.parked(w));
  }

  /** Who is to be served next, if anybody. */
  next(): ModelRequest | undefined {
    const fit = this.waiting.filter((w) => this.whole(w, []));
    const apart = (w: ModelRequest) => this.binding(w).filter((o) => !this.waitsFor(o, w));
    return (
      fit.find((w) => this.whole(w, this.binding(w))) ??
      fit.find((w) => this.holds(w) && this.whole(w, apart(w)))
    );
  }

  waitsFor(from: ModelRequest, to: ModelRequest): boolean {
    const numbers = this.numbers(this.waiting);
    const reached = new Set([from]);
    for (const w of reached) {
      const gains = (open: Open, fixed: Numbers = new Map()): boolean => {
        const others = new Map([...numbers, ...fixed]);
        for (const claim of w.claims) others.delete(claim);
        const now = this.numbers([...this.older(w), w], open, others);
        return w.claims.some((claim) => now.get(claim)! > numbers.get(claim)!);
      };
      for (const lease of this.leases.values()) {
        const holders = this.holders(lease, true);
        if (!holders[0] || !gains((p) => this.#free(p) || lease.places.includes(p))) continue;
        if (holders.includes(to)) return true;
        for (const holder of holders) reached.add(holder);
      }
      for (const older of this.older(w)) {
        if (gains(this.#free, new Map(older.claims.map((c) => [c, 0])))) reached.add(older);
      }
    }
    return false;
  }

  /** Those who wait and can never be served: no order of serving others comes to them. */
  stuck(): Set<ModelRequest> {
    const seen = new Set<string>();
    let best = this.waiting;
    const search = (left: ModelRequest[]): void => {
      const key = left.map(({ ticket }) => ticket).join();
      if (seen.has(key) || best.length === 0) return;
      seen.add(key);
      if (left.length < best.length) best = left;
      const open: Open = (place) => {
        const lease = this.held.get(place);
        const held = lease && this.holders(lease, false).some((w) => left.includes(w));
        return this.#usable(place) && !held;
      };
      for (const w of left) if (this.whole(w, [], open)) search(left.filter((each) => each !== w));
    };
    search(this.waiting);
    return new Set(best);
  }

  /** Those stuck ones that hold what it lacks, what these lack, and so on: itself, too, if it is on a cycle. */
  reach(start: ModelRequest, stuck: Set<ModelRequest>): Set<ModelRequest> {
    const reached = new Set<ModelRequest>();
    const visit = ({ claims }: ModelRequest): void => {
      for (const lease of this.leases.values()) {
        if (!lease.places.some((p) => claims.some(({ accepts }) => accepts.includes(p)))) continue;
        for (const holder of this.holders(lease, false)) {
          if (!stuck.has(holder) || reached.has(holder)) continue;
          reached.add(holder);
          visit(holder);
        }
      }
    };
    visit(start);
    return reached;
  }
}

/** All sets that come of adding so many of these places to one of the sets. */
function extended(sets: Set<number>, places: number[], count: number): Set<number> {
  if (count === 0) return sets;
  const result = new Set<number>();
  for (const set of sets) for (const place of places) if (!(set & place)) result.add(set | place);
  return extended(result, places, count - 1);
}
