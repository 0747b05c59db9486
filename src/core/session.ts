import type { EndReason, Identity } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import type { Waiter } from './waiters.ts';

/** A client as the core sees it: it owns leases and waits, and both end with it. */
export class Session {
  readonly id: number;
  identity: Identity;
  readonly leases = new Map<string, HeldLease>();
  readonly waits = new Set<Waiter>();
  /** Told of every lease that ends otherwise than by its own release. */
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
