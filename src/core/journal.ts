import type { EndReason, Identity, Purpose } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import type { ResourceState } from './resource.ts';

/** What happened. Resources are told by pool and index: never a value, never a secret. */
export type Happening =
  | { type: 'session'; session: number; identity: Identity }
  | { type: 'session_end'; session: number }
  | { type: 'wait'; ticket: number; pools: string[]; session: number; purpose: Purpose }
  | { type: 'wait_end'; ticket: number; reason: WaitEnd }
  | {
      type: 'grant';
      ticket: number;
      lease: string;
      resources: { pool: string; resource: number }[];
      session: number;
      purpose: Purpose;
      waitedMs: number;
    }
  | { type: 'end'; lease: string; reason: EndReason; heldMs: number; why?: string }
  /** On the way back from a lease, or out of use. */
  | { type: 'resource'; pool: string; resource: number; state: ResourceState };

/** As it is kept: most requests are for one thing, and a list more for each event is felt. */
type Kept =
  | Exclude<Happening, { type: 'wait' | 'grant' }>
  | (Omit<Happening & { type: 'wait' }, 'pools'> & { pools: string | string[] })
  | (Omit<Happening & { type: 'grant' }, 'resources'> & {
      pool: string;
      resource: number;
      /** All, where there are several. */
      resources: { pool: string; resource: number }[] | undefined;
    });

/** Why a wait ended without a grant. */
export type WaitEnd =
  | 'timeout'
  | 'cancelled'
  | 'refused'
  | 'deadlock'
  | 'unsatisfiable'
  | 'disconnected'
  | 'stopped';

/** `at`: the wall clock; `ms`: running time since the start. */
export type JournalEvent = Happening & { at: number; ms: number };

/**
 * The last `capacity` events, oldest first; fewer, where they tell of more than `capacity` things by
 * lists: one grant may be of 10,000 resources, and so many such would fill the memory.
 *
 * Times are kept apart from what happened: an object more for each event, all of them long-lived,
 * made the garbage collector a fifth of the work of a busy broker.
 */
export class Journal {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #ring: (Kept | undefined)[] = [];
  readonly #at: Float64Array;
  readonly #ms: Float64Array;
  #oldest = 0;
  #next = 0;
  /** Things in the lists of all events. */
  #listed = 0;

  constructor(clock: Clock, capacity = 50_000) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#at = new Float64Array(capacity);
    this.#ms = new Float64Array(capacity);
  }

  add(happening: Kept): void {
    const index = this.#next;
    if (this.#ring[index]) this.#dropOldest();
    this.#ring[index] = happening;
    this.#at[index] = this.#clock.wall();
    this.#ms[index] = this.#clock.running();
    this.#next = this.#after(index);
    this.#listed += listedIn(happening);
    while (this.#listed > this.#capacity && this.#oldest !== index) this.#dropOldest();
  }

  events(): JournalEvent[] {
    const events = this.#ring.flatMap((happening, index) =>
      happening ? { at: this.#at[index]!, ms: this.#ms[index]!, ...told(happening) } : [],
    );
    const newer = this.#ring.slice(0, this.#oldest).filter((happening) => happening).length;
    return [...events.slice(newer), ...events.slice(0, newer)];
  }

  #dropOldest(): void {
    this.#listed -= listedIn(this.#ring[this.#oldest]!);
    this.#ring[this.#oldest] = undefined;
    this.#oldest = this.#after(this.#oldest);
  }

  #after(index: number): number {
    return index + 1 === this.#capacity ? 0 : index + 1;
  }
}

/** Most events tell of one thing, without a list. */
function listedIn(kept: Kept): number {
  if (kept.type === 'grant') return kept.resources?.length ?? 0;
  return kept.type === 'wait' && typeof kept.pools !== 'string' ? kept.pools.length : 0;
}

function told(kept: Kept): Happening {
  if (kept.type === 'wait') return { ...kept, pools: [kept.pools].flat() };
  if (kept.type !== 'grant') return kept;
  const { pool, resource, resources = [{ pool, resource }], ...rest } = kept;
  return { ...rest, resources };
}
