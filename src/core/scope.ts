import { WORKER_SCOPE } from '../protocol/messages.ts';
import type { HeldLease } from './lease.ts';
import type { Waiter } from './waiters.ts';

/**
 * A stretch of a session's work, by its end: a block, a test, a file, the whole worker.
 *
 * A request names the scopes that enclose it. While it waits, none of them ends, and so none of the
 * leases that end with one of them: the request holds these, also those granted later.
 */
export class Scope {
  readonly id: string;
  readonly leases = new Set<HeldLease>();
  /** The requests in it that wait. */
  readonly waiters = new Set<Waiter>();
  /** The requests in it that have not been answered. */
  open = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Its leases last as long as the worker. */
  get lasting(): boolean {
    return this.id === WORKER_SCOPE;
  }

  get idle(): boolean {
    return this.leases.size === 0 && this.open === 0;
  }
}
