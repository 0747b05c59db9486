import type { Json } from '../protocol/json.ts';
import type { LockMode } from '../protocol/messages.ts';
import type { Preference } from './claim.ts';
import { LinkedList } from './linked-list.ts';
import { Resource, type ResourceState } from './resource.ts';
import type { WaitQueue } from './waiters.ts';

export type PoolKind = 'pool' | 'lock' | 'semaphore' | 'slot' | 'once';

/** How a pool looks after its resources. */
export interface Care {
  /** Each resource is checked before it is granted. */
  checked?: boolean | undefined;
  /** Each resource is reset before it is free again. */
  reset?: boolean | undefined;
  /** Each resource rests for this long after a lease, before it is reset. Default: 0. */
  cooldownMs?: number | undefined;
  /** Checks and resets that may fail, one after the other, before the resource is quarantined. Default: any number. */
  tries?: number | undefined;
  prefer?: Preference | undefined;
}

/**
 * Resources of one name, and those who wait for some.
 *
 * Invariant: every resource is in exactly one state; those that are `free` are in the free list.
 */
export abstract class Pool {
  /** As people say it, and unique: `accounts`, `lock:db`, `slot:tenant`. */
  readonly name: string;
  readonly kind: PoolKind;
  readonly care: Care;
  /** By their keys; each is here while somebody waits in it. */
  readonly queues = new Map<string, WaitQueue>();
  readonly resources: Resource[] = [];
  /** Leases that last as long as their workers, by resource. */
  lasting = 0;
  #taken = 0;

  constructor(name: string, kind: PoolKind, care: Care = {}) {
    this.name = name;
    this.kind = kind;
    this.care = care;
  }

  /** Its name without its kind. */
  get ownName(): string {
    return this.kind === 'pool' ? this.name : this.name.slice(this.kind.length + 1);
  }

  /** Nobody holds one or waits for one: a pool made on demand can be forgotten. */
  get idle(): boolean {
    return this.queues.size === 0 && this.#taken === 0;
  }

  get waiting(): number {
    let count = 0;
    for (const { size } of this.queues.values()) count += size;
    return count;
  }

  /** A worker had the resource until now. */
  returnedBy(_worker: string | number, _resource: Resource): void {}

  /** There is something that somebody could be given now. */
  abstract get open(): boolean;

  /** Takes a resource out of the free. */
  take(resource: Resource): void {
    this.#taken++;
    this.takeOut(resource);
  }

  /** Puts a resource that was taken back among the free. */
  put(resource: Resource): void {
    this.#taken--;
    resource.state = 'free';
    this.putBack(resource);
  }

  protected abstract takeOut(resource: Resource): void;
  protected abstract putBack(resource: Resource): void;

  inState(...states: ResourceState[]): Resource[] {
    return this.resources.filter(({ state }) => states.includes(state));
  }
}

/** More than runs usually have: until then nobody is forgotten who had something last. */
const MANY_WORKERS = 256;

/** A fixed list of values. */
export class ListPool extends Pool {
  /** Those that have just been checked first, then those that have been free for longest. */
  readonly free = new LinkedList<Resource>();
  readonly #lastOf = new Map<string | number, Resource>();

  constructor(name: string, kind: PoolKind, values: Json[], care?: Care, places?: number[]) {
    super(name, kind, care);
    values.forEach((value, i) => {
      const resource = new Resource(this, places?.[i] ?? i, value);
      this.resources.push(resource);
      this.free.push(resource);
    });
  }

  get open(): boolean {
    return this.free.size > 0;
  }

  /** What a worker had last, unless somebody else has had it since. */
  lastOf(worker: string | number): Resource | undefined {
    const last = this.#lastOf.get(worker);
    return last?.formerWorker === worker ? last : undefined;
  }

  override returnedBy(worker: string | number, resource: Resource): void {
    resource.formerWorker = worker;
    this.#lastOf.set(worker, resource);
    if (this.#lastOf.size > 2 * this.resources.length + MANY_WORKERS) this.#forgetFormer();
  }

  /** Of workers that have nothing here that was theirs last. */
  #forgetFormer(): void {
    for (const worker of this.#lastOf.keys()) if (!this.lastOf(worker)) this.#lastOf.delete(worker);
  }

  protected takeOut(resource: Resource): void {
    this.free.remove(resource);
  }

  protected putBack(resource: Resource): void {
    this.free.insert(resource, resource.verified ? undefined : this.free.newest);
  }
}

/** As many as are asked for: each taker gets the smallest whole number, from 0, that nobody holds. */
export class SlotPool extends Pool {
  /** No smaller index is free. */
  #floor = 0;

  constructor(name: string) {
    super(name, 'slot');
  }

  get open(): boolean {
    return true;
  }

  /** The resource that the next taker gets. */
  next(): Resource {
    while ((this.resources[this.#floor]?.state ?? 'free') !== 'free') this.#floor++;
    this.resources[this.#floor] ??= new Resource(this, this.#floor, this.#floor);
    return this.resources[this.#floor]!;
  }

  protected takeOut({ index }: Resource): void {
    this.#floor = index + 1;
  }

  protected putBack({ index }: Resource): void {
    this.#floor = Math.min(this.#floor, index);
  }
}

/** A lock: a permit for each who holds it, all shared or one exclusive. Permits exist while they are held. */
export class LockPool extends Pool {
  /** Of the permits that there are. */
  mode: LockMode = 'shared';
  /** The permit that came back last: the next holder has the same, others are told who had it. */
  #last: Resource | undefined;

  constructor(name: string, kind: 'lock' | 'once' = 'lock') {
    super(name, kind);
  }

  get open(): boolean {
    return !this.heldAlone;
  }

  get heldAlone(): boolean {
    return this.mode === 'exclusive' && this.resources.length > 0;
  }

  /** The permit that the next taker gets. */
  next(mode: LockMode): Resource {
    this.mode = mode;
    if (this.resources.length === 0 && this.#last) return this.#last;
    const permit = new Resource(this, 0, null);
    if (this.#last) permit.succeed(this.#last);
    return permit;
  }

  protected takeOut(permit: Resource): void {
    permit.place = this.resources.push(permit) - 1;
  }

  protected putBack(permit: Resource): void {
    this.#last = permit;
    const end = this.resources.pop()!;
    if (end === permit) return;
    this.resources[permit.place] = end;
    end.place = permit.place;
  }
}
