import { BrokerError } from '../protocol/errors.ts';
import type { EndReason, Identity } from '../protocol/messages.ts';
import type { Arrival } from './barriers.ts';
import type { HeldLease } from './lease.ts';
import type { PassWaiter } from './rate-limits.ts';
import { Scope } from './scope.ts';
import type { Waiter } from './waiters.ts';

/** A client as the core sees it: it owns leases and waits, and both end with it. */
export class Session {
  readonly id: number;
  identity: Identity;
  /** Lists, since there are few: a map that much passes through leaves its garbage to a full collection. */
  readonly leases: HeldLease[] = [];
  /** Requests that have not been answered, of those that wait. */
  readonly waits: Waiter[] = [];
  /** At barriers where others are missing. */
  readonly arrivals: Arrival[] = [];
  /** Of rate limits, that it waits for. */
  readonly passes: PassWaiter[] = [];
  readonly #scopes = new Map<string, Scope>();
  /** Told of every lease that ends while the session lives, otherwise than by its release. Must neither throw nor ask for anything here. */
  readonly lost: (lease: HeldLease, reason: EndReason) => void;
  ended = false;

  constructor(
    id: number,
    identity: Identity,
    lost: (lease: HeldLease, reason: EndReason) => void = () => {},
  ) {
    this.id = id;
    this.identity = identity;
    this.lost = lost;
  }

  /** The worker that it is of: the same for the processes that take one worker's place in turn. */
  get worker(): string | number {
    const { runner, worker } = this.identity;
    return worker === undefined ? this.id : `${runner} ${worker}`;
  }

  /** @throws BrokerError `closed`. What came later would never end: the end of the session is past. */
  checkOpen(): void {
    if (this.ended) throw new BrokerError('closed', 'This session has ended.');
  }

  scope(id: string): Scope {
    let scope = this.#scopes.get(id);
    if (!scope) {
      scope = new Scope(id);
      this.#scopes.set(id, scope);
    }
    return scope;
  }

  /** Scopes exist while something is in them. */
  tidy(scope: Scope): void {
    if (scope.idle) this.#scopes.delete(scope.id);
  }
}
