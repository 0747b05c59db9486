import type { Json } from '../protocol/json.ts';
import type { Identity, Purpose } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import type { Pool } from './pool.ts';

/**
 * `free` → (`checking` →) `held` → (`cooling` →) (`resetting` →) `free`. One whose check or reset
 * fails is `cooling` until the next try; after too many it is `quarantined`. One that its holder
 * found unusable is `retired`. The last two are for good.
 */
export type ResourceState =
  | 'free'
  | 'checking'
  | 'held'
  | 'cooling'
  | 'resetting'
  | 'quarantined'
  | 'retired';

/** One of the things of which there are few. */
export class Resource {
  readonly pool: Pool;
  /** Its place in the pool. Of a pool that is split among shards: in the whole, so that all shards tell it alike. */
  readonly index: number;
  readonly value: Json;
  /** The value as JSON text, made once. */
  readonly text: string;
  state: ResourceState = 'free';
  lease: HeldLease | undefined;
  /** Who held it last and for what, and until when, on the running clock. */
  formerIdentity: Identity | undefined;
  formerPurpose: Purpose | undefined;
  formerWorker: string | number | undefined;
  freedAt = Number.NEGATIVE_INFINITY;
  /** A check has just found it usable, and nobody has had it since. */
  verified = false;
  /** When it stops cooling, on the running clock; its place among those that do. */
  deadline = 0;
  place = -1;
  /** Checks and resets that failed since it was last used. */
  failures = 0;
  /** Its neighbours among the free. */
  older: Resource | undefined;
  newer: Resource | undefined;

  constructor(pool: Pool, index: number, value: Json) {
    this.pool = pool;
    this.index = index;
    this.value = value;
    this.text = JSON.stringify(value);
  }

  /** Takes another one's place: who had that is who had this. */
  succeed({ formerIdentity, formerPurpose, freedAt }: Resource): void {
    this.formerIdentity = formerIdentity;
    this.formerPurpose = formerPurpose;
    this.freedAt = freedAt;
  }

  /** It will never be free again. */
  get gone(): boolean {
    return this.state === 'quarantined' || this.state === 'retired';
  }
}
