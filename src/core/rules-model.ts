/** A lock is this many permits: shared takes one, exclusive takes all. */
export const PERMITS = 18;

export interface ModelClaim {
  pool: string;
  /** Places that will do. */
  accepts: number[];
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
  places: { pool: string; place: number }[];
}

type Open = (pool: string, place: number) => boolean;

/**
 * The lease rules by brute force, for tests: nothing is kept but who holds what and who waits, and
 * every question is answered from that by trying all there is.
 */
export class RulesModel {
  readonly sizes: Record<string, number>;
  readonly waiting: ModelRequest[] = [];
  readonly leases = new Map<string, ModelLease>();
  readonly gone = new Set<string>();
  readonly #held = new Map<string, ModelLease>();

  /** Pools by their sizes; 0 stands for a lock. */
  constructor(sizes: Record<string, number>) {
    this.sizes = sizes;
  }

  readonly #free: Open = (pool, place) => !this.holderOf(pool, place) && this.#usable(pool, place);
  readonly #usable: Open = (pool, place) => !this.gone.has(`${pool}#${place}`);

  holderOf(pool: string, place: number): ModelLease | undefined {
    return this.#held.get(`${pool}#${place}`);
  }

  grant(id: string, lease: ModelLease): void {
    this.leases.set(id, lease);
    for (const { pool, place } of lease.places) this.#held.set(`${pool}#${place}`, lease);
  }

  end(id: string): void {
    for (const { pool, place } of this.leases.get(id)!.places)
      this.#held.delete(`${pool}#${place}`);
    this.leases.delete(id);
  }

  /** Waiting requests that hold a lease; `perhaps`: also where it may be released before. */
  holders(lease: ModelLease, perhaps: boolean): ModelRequest[] {
    const { until, session, early } = lease;
    if (until === undefined || (early && !perhaps)) return [];
    return this.waiting.filter((w) => w.session === session && w.within.includes(until));
  }

  holds(request: ModelRequest, perhaps: boolean): boolean {
    return [...this.leases.values()].some(
      ({ session, until, early }) =>
        session === request.session && request.within.includes(until!) && (perhaps || !early),
    );
  }

  /**
   * How many each claim has when requests come in this order and each leaves those before it their
   * number; `fixed`: no more than this.
   */
  numbers(
    requests: ModelRequest[],
    open: Open = this.#free,
    fixed?: Map<ModelClaim, number>,
  ): Map<ModelClaim, number> {
    const numbers = new Map<ModelClaim, number>();
    for (const [pool, size] of Object.entries(this.sizes)) {
      const claims = requests.flatMap((request) => request.claims.filter((c) => c.pool === pool));
      if (claims.length === 0) continue;
      const count = size || PERMITS;
      const places = Array.from({ length: count }, (_, place) => place).filter((p) =>
        open(pool, p),
      );
      let left = places.length;
      /** Every set of places that those before may have taken. */
      let taken = new Set([0]);
      for (const claim of claims) {
        let number = fixed?.get(claim) ?? claim.count;
        if (size === 0) {
          number = Math.min(number, left);
          left -= number;
        } else {
          const fit = places.filter((place) => claim.accepts.includes(place));
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
    const lasts: Open = (pool, place) => this.holderOf(pool, place)?.until === 'worker';
    return !this.whole(request, [], (pool, p) => this.#usable(pool, p) && !lasts(pool, p));
  }

  /** Those before it whose claims bind it. */
  binding(request: ModelRequest): ModelRequest[] {
    const older = this.waiting.slice(0, this.waiting.indexOf(request));
    return older.filter((w) => request.until === 'worker' || !this.parked(w));
  }

  /** Who is to be served next, if anybody. */
  next(): ModelRequest | undefined {
    return (
      this.waiting.find((w) => this.whole(w, []) && this.whole(w, this.binding(w))) ??
      this.waiting.find((w) => {
        if (!this.holds(w, true) || !this.whole(w, [])) return false;
        return this.whole(
          w,
          this.binding(w).filter((older) => !this.waitsFor(older, w)),
        );
      })
    );
  }

  waitsFor(from: ModelRequest, to: ModelRequest): boolean {
    const numbers = this.numbers(this.waiting);
    const reached = new Set([from]);
    for (const w of reached) {
      const gains = (open: Open, fixed: Map<ModelClaim, number>): boolean => {
        const others = new Map([...numbers, ...fixed]);
        for (const claim of w.claims) others.delete(claim);
        const now = this.numbers(this.waiting.slice(0, this.waiting.indexOf(w) + 1), open, others);
        return w.claims.some((claim) => now.get(claim)! > numbers.get(claim)!);
      };
      for (const lease of this.leases.values()) {
        const ended = new Set(lease.places.map(({ pool, place }) => `${pool}#${place}`));
        const holders = this.holders(lease, true);
        if (holders.length === 0) continue;
        if (!gains((p, i) => this.#free(p, i) || ended.has(`${p}#${i}`), new Map())) continue;
        if (holders.includes(to)) return true;
        for (const holder of holders) reached.add(holder);
      }
      for (const older of this.waiting.slice(0, this.waiting.indexOf(w))) {
        if (gains(this.#free, new Map(older.claims.map((claim) => [claim, 0])))) reached.add(older);
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
      const open: Open = (pool, place) => {
        const lease = this.holderOf(pool, place);
        const held =
          lease !== undefined && this.holders(lease, false).some((w) => left.includes(w));
        return this.#usable(pool, place) && !held;
      };
      for (const w of left) if (this.whole(w, [], open)) search(left.filter((each) => each !== w));
    };
    search(this.waiting);
    return new Set(best);
  }

  /** Those stuck ones that hold what it lacks, what these lack, and so on: itself, too, if it is on a cycle. */
  reach(start: ModelRequest, stuck: Set<ModelRequest>): Set<ModelRequest> {
    const reached = new Set<ModelRequest>();
    const visit = (w: ModelRequest): void => {
      for (const lease of this.leases.values()) {
        const inTheWay = lease.places.some(({ pool, place }) =>
          w.claims.some((c) => c.pool === pool && (c.accepts.includes(place) || !this.sizes[pool])),
        );
        if (!inTheWay) continue;
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
  for (const set of sets) {
    for (const place of places) if (!(set & (1 << place))) result.add(set | (1 << place));
  }
  return extended(result, places, count - 1);
}
