/** Something with a deadline. `place` belongs to the index that holds it. */
export interface Expiring {
  /** On the index's clock, in milliseconds. */
  deadline: number;
  /** Where in its bucket it is; -1: in none. */
  place: number;
}

/**
 * An index of deadlines: add and remove in O(1), a sweep in O(expired + buckets passed).
 *
 * Deadlines are put into buckets of `grainMs`, and a bucket is swept only when all in it is past:
 * nothing expires early, and up to `grainMs` late. (The timing wheel of Varghese and Lauck, 1987,
 * with a map for a rim.)
 */
export class Expiry<T extends Expiring> {
  readonly #grainMs: number;
  readonly #buckets = new Map<number, T[]>();
  #swept = 0;
  #size = 0;

  constructor(grainMs: number) {
    this.#grainMs = grainMs;
  }

  get size(): number {
    return this.#size;
  }

  /** In no order. */
  *[Symbol.iterator](): Iterator<T> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  /** The deadline must lie after the time of the last sweep. */
  add(item: T): void {
    const key = this.#bucketOf(item);
    const bucket = this.#buckets.get(key);
    if (bucket) item.place = bucket.push(item) - 1;
    else {
      this.#buckets.set(key, [item]);
      item.place = 0;
    }
    this.#size++;
  }

  /** Without effect on one that is not in the index. The deadline must be the one that it was added with. */
  remove(item: T): void {
    if (item.place === -1) return;
    const key = this.#bucketOf(item);
    const bucket = this.#buckets.get(key)!;
    const last = bucket.pop()!;
    if (last !== item) {
      bucket[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
    this.#size--;
    if (bucket.length === 0) this.#buckets.delete(key);
  }

  move(item: T, deadline: number): void {
    this.remove(item);
    item.deadline = deadline;
    this.add(item);
  }

  /** Takes out all that is past at `now`, one by one: what is handed over may add and remove others. */
  sweep(now: number, expired: (item: T) => void): void {
    const until = Math.floor(now / this.#grainMs);
    while (this.#swept < until && this.#buckets.size > 0) {
      const key = ++this.#swept;
      const bucket = this.#buckets.get(key);
      for (let item = bucket?.pop(); item; item = bucket?.pop()) {
        item.place = -1;
        this.#size--;
        expired(item);
      }
      this.#buckets.delete(key);
    }
    this.#swept = Math.max(this.#swept, until);
  }

  #bucketOf(item: T): number {
    return Math.ceil(item.deadline / this.#grainMs);
  }
}
