import type { BrokerError } from '../protocol/errors.ts';
import { NOW_MS } from '../protocol/limits.ts';
import type { Notice, Purpose } from '../protocol/messages.ts';
import type { Claim, Want } from './claim.ts';
import type { HeldLease } from './lease.ts';
import { LinkedList } from './linked-list.ts';
import type { Resource } from './resource.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session.ts';

/**
 * What a request is told: how its wait ends, by at most one of `granted`, `refused` and `answered`, once, by none where its
 * session ended; and while it waits, by `notice`, each at most once. None may throw.
 */
export interface Outcome {
  granted(lease: HeldLease): void;
  refused(error: BrokerError): void;
  notice?(notice: Notice, message: string): void;
  /** In place of a grant, where somebody else has done what the lease was for: with what came of it, as JSON text. */
  answered?(text: string): void;
}

/** What a request asks for, all or nothing. */
export interface Wish {
  wants: readonly Want[];
  ttlMs: number;
  /** 0: now or never. */
  timeoutMs: number;
  purpose: Purpose;
  /** The scopes of the session that enclose the request. */
  within?: readonly string[] | undefined;
  /** One of these: the lease ends with it. */
  until?: string | undefined;
  /** The lease may be released before that, also while requests in the scope wait. */
  early?: boolean | undefined;
}

/** A request for a lease that has not been answered. */
export class Waiter {
  /** Its place in the order of all requests: first come, first served. */
  readonly ticket: number;
  readonly session: Session;
  /** In a queue: the same for all in it. What passes a filter is found once for them. */
  claims: readonly Claim[];
  readonly wish: Wish;
  readonly within: readonly Scope[];
  readonly until: Scope | undefined;
  readonly outcome: Outcome;
  /** On the running clock, as is the deadline. */
  readonly since: number;
  readonly deadline: number;
  place = -1;
  /** Its outcome is decided, or nobody is left to be told. */
  answered = false;
  /** The resources that are being checked for it, while it is out of the queue. */
  checking: readonly (readonly Resource[])[] | undefined;
  /** Where it waits. */
  queue: WaitQueue | undefined;
  newer: Waiter | undefined;
  older: Waiter | undefined;
  /** Its leases and those of others might wait for each other: how, for the error of its timeout. */
  perhaps: string | undefined;
  #told: Set<Notice> | undefined;
  #entered = false;

  constructor(
    ticket: number,
    session: Session,
    claims: readonly Claim[],
    wish: Wish,
    outcome: Outcome,
    now: number,
  ) {
    this.ticket = ticket;
    this.session = session;
    this.claims = claims;
    this.wish = wish;
    this.within = wish.within?.map((id) => session.scope(id)) ?? NOWHERE;
    this.until = wish.until === undefined ? undefined : session.scope(wish.until);
    this.outcome = outcome;
    this.since = now;
    this.deadline = now + (wish.timeoutMs || NOW_MS);
  }

  /** It asks for leases that last as long as its worker. */
  get lasting(): boolean {
    return this.until?.lasting === true;
  }

  /** Whether leases end with what encloses it; not counting those that may end before, unless `perhaps`. */
  holds(perhaps: boolean): boolean {
    return this.within.some(({ leases }) => {
      for (const lease of leases) if (perhaps || !lease.early) return true;
      return false;
    });
  }

  /** Somebody waits where what it holds is from; also where that may end before. */
  get holdsWhatIsWanted(): boolean {
    return this.within.some(({ leases }) => {
      for (const { all } of leases) if (all.some(({ pool }) => pool.queues.size > 0)) return true;
      return false;
    });
  }

  /** Its scopes exist at least until it leaves them. */
  enter(): void {
    this.#entered = true;
    for (const scope of this.within) scope.open++;
  }

  /** Without effect on one that has left. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    for (const scope of this.within) {
      scope.open--;
      this.session.tidy(scope);
    }
  }

  /** What it has been told. Most are told nothing. */
  get told(): ReadonlySet<Notice> {
    return this.#told ?? NOTHING;
  }

  tell(notice: Notice, message: () => string): void {
    if (this.told.has(notice)) return;
    this.#told ??= new Set();
    this.#told.add(notice);
    this.outcome.notice?.(notice, message());
  }
}

const NOWHERE: readonly Scope[] = [];
const NOTHING: ReadonlySet<Notice> = new Set();

/** Requests that the same resources would serve, in the order of their tickets. */
export class WaitQueue extends LinkedList<Waiter> {
  readonly key: string;
  readonly claims: readonly Claim[];
  /** Whether they ask for leases that last as long as their workers. */
  readonly lasting: boolean;
  /** Those who name scopes: nobody else can hold anything. */
  readonly inScopes = new Set<Waiter>();
  /** They lack something that only the end of a worker can give them. */
  parked = false;

  constructor(key: string, { claims, lasting }: Waiter) {
    super();
    this.key = key;
    this.claims = claims;
    this.lasting = lasting;
  }

  /** Equal for requests that belong into the same queue. */
  static keyOf({ claims, lasting }: Waiter): string {
    const key =
      claims.length === 1 ? claims[0]!.key : JSON.stringify(claims.map((claim) => claim.key));
    return lasting ? `${key}\nworker` : key;
  }

  /** Puts a waiter at the place of its ticket: last if it is new, before the younger ones if it comes back. */
  add(waiter: Waiter): void {
    let older = this.newest;
    while (older && older.ticket > waiter.ticket) older = older.older;
    this.insert(waiter, older);
    waiter.queue = this;
    waiter.claims = this.claims;
    if (waiter.within.length > 0) this.inScopes.add(waiter);
  }

  override remove(waiter: Waiter): void {
    super.remove(waiter);
    waiter.queue = undefined;
    this.inScopes.delete(waiter);
  }
}

/**
 * Visits those who wait by their tickets, over all queues. `visit` may take the waiter out of its
 * queue; the queue is left as soon as it returns false.
 */
export function byTicket(queues: Iterable<WaitQueue>, visit: (waiter: Waiter) => boolean): void {
  const heads = [...queues].flatMap(({ oldest }) => oldest ?? []);
  heads.sort((a, b) => b.ticket - a.ticket);
  for (let waiter = heads.pop(); waiter; waiter = heads.pop()) {
    const { newer } = waiter;
    if (!visit(waiter) || !newer) continue;
    let at = heads.length;
    while (at > 0 && heads[at - 1]!.ticket < newer.ticket) at--;
    heads.splice(at, 0, newer);
  }
}
