import type { Json } from '../protocol/json.ts';
import type { Identity, Purpose } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import { WaitQueue } from './waiters.ts';

/**
 * `free` → (`checking` →) `held` → `free`; a resource that a check found unusable is `cooling` until
 * it is looked at again.
 */
export type ResourceState = 'free' | 'checking' | 'held' | 'cooling';

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
  freedAt = Number.NEGATIVE_INFINITY;
  /** When it stops cooling, on the running clock. */
  deadline = 0;
  place = -1;

  constructor(pool: Pool, index: number, value: Json) {
    this.pool = pool;
    this.index = index;
    this.value = value;
    this.text = JSON.stringify(value);
  }
}

export type PoolKind = 'pool' | 'lock' | 'slot';

/**
 * Resources of one name, and those who wait for one.
 *
 * Invariant: every resource is in exactly one state; those that are `free` are in the free list.
 */
export abstract class Pool {
  /** As people say it, and unique: `accounts`, `lock:db`, `slot:tenant`. */
  readonly name: string;
  readonly kind: PoolKind;
  /** Whether each resource is to be checked before it is granted. */
  readonly checked: boolean;
  readonly waiters = new WaitQueue();
  readonly resources: Resource[] = [];
  #taken = 0;

  constructor(name: string, kind: PoolKind, checked = false) {
    this.name = name;
    this.kind = kind;
    this.checked = checked;
  }

  /** Nobody holds one or waits for one: a pool made on demand can be forgotten. */
  get idle(): boolean {
    return this.waiters.size === 0 && this.#taken === 0;
  }

  /** Takes a free resource out, or none. */
  take(): Resource | undefined {
    const resource = this.takeFree();
    if (resource) this.#taken++;
    return resource;
  }

  /** Puts a resource that was taken back among the free. */
  put(resource: Resource): void {
    this.#taken--;
    resource.state = 'free';
    this.putFree(resource);
  }

  protected abstract takeFree(): Resource | undefined;
  protected abstract putFree(resource: Resource): void;

  inState(state: ResourceState): Resource[] {
    return this.resources.filter((resource) => resource.state === state);
  }
}

/** A fixed list of values. The one that has been free for longest is taken first. */
export class ListPool extends Pool {
  readonly #free: Resource[] = [];

  constructor(name: string, kind: PoolKind, values: Json[], checked = false, places?: number[]) {
    super(name, kind, checked);
    values.forEach((value, i) => {
      this.resources.push(new Resource(this, places?.[i] ?? i, value));
    });
    this.#free.push(...this.resources);
  }

  protected takeFree(): Resource | undefined {
    return this.#free.shift();
  }

  protected putFree(resource: Resource): void {
    this.#free.push(resource);
  }
}

/** As many as are asked for: each taker gets the smallest whole number, from 0, that nobody holds. */
export class SlotPool extends Pool {
  /** No smaller index is free. */
  #floor = 0;

  constructor(name: string) {
    super(name, 'slot');
  }

  protected takeFree(): Resource {
    while (this.resources[this.#floor]?.state === 'held') this.#floor++;
    const index = this.#floor++;
    this.resources[index] ??= new Resource(this, index, index);
    return this.resources[index]!;
  }

  protected putFree(resource: Resource): void {
    this.#floor = Math.min(this.#floor, resource.index);
  }
}
