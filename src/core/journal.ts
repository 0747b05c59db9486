import type { EndReason, Identity, Purpose } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import { type HeldLease, leaseId } from './lease.ts';
import type { Resource, ResourceState } from './resource.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

/** What happened. Resources are told by pool and index: never a value, never a secret. */
export type Happening =
  | { type: 'session'; session: number; identity: Identity }
  | { type: 'session_end'; session: number }
  | { type: 'wait'; ticket: number; pools: string[]; session: number; purpose: Purpose }
  /** `inMs`: of a pass that is told ahead, how long before it. */
  | { type: 'wait_end'; ticket: number; reason: WaitEnd; inMs?: number }
  | {
      type: 'grant';
      ticket: number;
      lease: string;
      resources: Named[];
      session: number;
      purpose: Purpose;
      waitedMs: number;
    }
  | { type: 'end'; lease: string; reason: EndReason; heldMs: number; why?: string }
  /** On the way back from a lease, or out of use. */
  | { type: 'resource'; pool: string; resource: number; state: ResourceState };

/** Why a wait ended without a grant. `passed` and `broken`: of limits and barriers, which grant nothing. */
export type WaitEnd =
  | 'passed'
  | 'broken'
  | 'answered'
  | 'failed'
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
 */
export class Journal {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #listener: ((event: JournalEvent) => void) | undefined;
  readonly #ring: Entry[] = [];
  #oldest = 0;
  #size = 0;
  /** Things in the lists of all events. */
  #listed = 0;
  #tickets = 0;
  /** Of sessions that began before the oldest event, and had not ended by then: who they are. */
  readonly #before = new Map<number, Identity>();

  /** @param listener is told of each event soon after it, in their order. */
  constructor(clock: Clock, capacity = 50_000, listener?: (event: JournalEvent) => void) {
    this.#clock = clock;
    this.#listener = listener;
    this.#capacity = capacity;
  }

  /** By which it tells of one request, whatever that asks for; later ones have higher ones. */
  newTicket(): number {
    return ++this.#tickets;
  }

  /** That of who asked last. */
  get lastTicket(): number {
    return this.#tickets;
  }

  sessionStarted({ id, identity }: Session): void {
    const entry = this.#next('session');
    entry.session = id;
    entry.identity = identity;
  }

  sessionEnded({ id }: Session): void {
    this.#next('session_end').session = id;
  }

  waits({ ticket, session, claims, wish }: Waiter): void {
    const list = claims.length === 1 ? undefined : claims.map(({ pool }) => pool.name);
    this.waitsAt(claims[0]!.pool.name, ticket, session, wish.purpose, list);
  }

  /** @param place `barrier:seed`, say: what cannot be held is told as pools are. */
  waitsAt(
    place: string,
    ticket: number,
    session: Session,
    purpose: Purpose,
    list?: string[],
  ): void {
    const entry = this.#next('wait', list);
    entry.ticket = ticket;
    entry.session = session.id;
    entry.pool = place;
    entry.purpose = purpose;
  }

  waitEnded(ticket: number, reason: WaitEnd, inMs = 0): void {
    const entry = this.#next('wait_end');
    entry.ticket = ticket;
    entry.reason = reason;
    entry.tookMs = Math.round(inMs);
  }

  granted({ ticket, since }: Waiter, lease: HeldLease): void {
    const { all } = lease;
    const entry = this.#next('grant', all.length === 1 ? undefined : all.map(named));
    entry.ticket = ticket;
    entry.token = lease.token;
    entry.session = lease.session.id;
    entry.pool = all[0]!.pool.name;
    entry.resource = all[0]!.index;
    entry.purpose = lease.purpose;
    entry.tookMs = Math.round(lease.since - since);
  }

  ended(lease: HeldLease, reason: EndReason, heldMs: number, why: string | undefined): void {
    const entry = this.#next('end');
    entry.token = lease.token;
    entry.pool = lease.all[0]!.pool.name;
    entry.reason = reason;
    entry.why = why;
    entry.tookMs = Math.round(heldMs);
  }

  entered({ pool, index }: Resource, state: ResourceState): void {
    const entry = this.#next('resource');
    entry.pool = pool.name;
    entry.resource = index;
    entry.reason = state;
  }

  events(): JournalEvent[] {
    return Array.from({ length: this.#size }, (_, i) => told(this.#at(i)));
  }

  /** Who was connected when the oldest event that is left took place, and is told of no more. */
  sessions(): { session: number; identity: Identity }[] {
    return Array.from(this.#before, ([session, identity]) => ({ session, identity }));
  }

  #next(type: Happening['type'], list?: Entry['list']): Entry {
    this.#listed += list?.length ?? 0;
    while (this.#size > 0 && (this.#size === this.#capacity || this.#listed > this.#capacity)) {
      this.#dropOldest();
    }
    const entry = this.#at(this.#size++);
    entry.type = type;
    entry.list = list;
    entry.at = this.#clock.wall();
    entry.ms = this.#clock.running();
    // When all of it has been filled in.
    if (this.#listener) queueMicrotask(() => this.#listener!(told(entry)));
    return entry;
  }

  #dropOldest(): void {
    const entry = this.#at(0);
    if (entry.type === 'session') this.#before.set(entry.session, entry.identity);
    if (entry.type === 'session_end') this.#before.delete(entry.session);
    this.#listed -= entry.list?.length ?? 0;
    entry.list = undefined;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    this.#size--;
  }

  #at(i: number): Entry {
    const index = (this.#oldest + i) % this.#capacity;
    this.#ring[index] ??= new Entry();
    return this.#ring[index];
  }
}

/**
 * A place for an event, whatever its type. It is made once, and filled anew when the ring comes
 * round: an object for each event, all of them long-lived, made the garbage collector a third of the
 * work of a busy broker.
 */
class Entry {
  type: Happening['type'] = 'session';
  at = Number.NaN;
  ms = Number.NaN;
  session = 0;
  ticket = 0;
  token = 0;
  resource = 0;
  /** What was waited, or held, or is yet to wait. */
  tookMs = 0;
  pool = '';
  reason: WaitEnd | EndReason | ResourceState = 'free';
  why: string | undefined;
  purpose: Purpose = {};
  identity: Identity = {};
  /** Pools or resources, where there are several. */
  list: string[] | Named[] | undefined;
}

type Named = { pool: string; resource: number };

const named = ({ pool, index }: Resource): Named => ({ pool: pool.name, resource: index });

function told(entry: Entry): JournalEvent {
  const { at, ms } = entry;
  return { ...happening(entry), at, ms };
}

function happening(entry: Entry): Happening {
  const { type, session, ticket, token, pool, resource, purpose, reason, tookMs, why } = entry;
  switch (type) {
    case 'session':
      return { type, session, identity: entry.identity };
    case 'session_end':
      return { type, session };
    case 'wait': {
      const pools = (entry.list as string[] | undefined) ?? [pool];
      return { type, ticket, pools, session, purpose };
    }
    case 'wait_end':
      return { type, ticket, reason: reason as WaitEnd, ...(tookMs > 0 && { inMs: tookMs }) };
    case 'grant': {
      const resources = (entry.list as Named[] | undefined) ?? [{ pool, resource }];
      const lease = leaseId(pool, token);
      return { type, ticket, lease, resources, session, purpose, waitedMs: tookMs };
    }
    case 'end': {
      const lease = leaseId(pool, token);
      return { type, lease, reason: reason as EndReason, heldMs: tookMs, ...(why && { why }) };
    }
    case 'resource':
      return { type, pool, resource, state: reason as ResourceState };
  }
}
