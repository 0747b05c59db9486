import type { EndReason, Identity } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import type { Waiter } from './waiters.ts';

/** A client as the core sees it: it owns leases and waits, and both end with it. */
export class Session {
  readonly id: number;
  identity: Identity;
  readonly leases = new Map<string, HeldLease>();
  readonly waits = new Set<Waiter>();
  /** Told of every lease that ends while the session lives, otherwise than by its release. Must not throw. */
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
}
