import type { Json } from '../protocol/json.ts';
import type { LockMode } from '../protocol/messages.ts';
import { matches } from './filter.ts';
import type { Pool, PoolKind } from './pool.ts';
import type { Resource } from './resource.ts';

/** Which of several usable resources is taken: the one that this worker had last, else as `oldest`; the one that has been free for longest; any. */
export type Preference = 'same-worker' | 'oldest' | 'random';

/** What a request asks of one pool, lock, semaphore or slot family. */
export interface Want {
  kind: PoolKind;
  name: string;
  /** Of a pool: a pattern of the values that will do, and patterns of those that will not. */
  where?: Json | undefined;
  not?: Json | undefined;
  /** Of a pool: how many. Default: 1. */
  count?: number | undefined;
  prefer?: Preference | undefined;
  /** Of a lock. Default: exclusive. */
  mode?: LockMode | undefined;
  /** Of a semaphore: how many there are in all. */
  permits?: number | undefined;
}

/** A want with its pool. */
export class Claim {
  readonly pool: Pool;
  readonly want: Want;
  readonly count: number;
  readonly mode: LockMode;
  /** Equal for claims that the same resources meet, and in the same order. */
  readonly key: string;
  /** Of a filter: what passes it. Found once, since values do not change, and many ask often. */
  #accepted: Set<Resource> | undefined;

  constructor(pool: Pool, want: Want) {
    const { where, not, count = 1, mode = 'exclusive', prefer } = want;
    this.pool = pool;
    this.want = want;
    this.count = count;
    this.mode = mode;
    this.key =
      where === undefined &&
      not === undefined &&
      count === 1 &&
      mode === 'exclusive' &&
      prefer === undefined
        ? pool.name
        : // By their names: a pattern may be null, and is then another one than none.
          JSON.stringify({ name: pool.name, where, not, count, mode, prefer });
  }

  get filtered(): boolean {
    return this.want.where !== undefined || this.want.not !== undefined;
  }

  /** Whether a resource of the pool will do. */
  accepts(resource: Resource): boolean {
    if (!this.filtered) return true;
    this.#accepted ??= new Set(this.pool.resources.filter(({ value }) => this.#passes(value)));
    return this.#accepted.has(resource);
  }

  #passes(value: Json): boolean {
    const { where, not } = this.want;
    return (
      (where === undefined || matches(where, value)) && (not === undefined || !matches(not, value))
    );
  }
}
