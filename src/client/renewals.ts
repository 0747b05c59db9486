import type { Lease } from './lease.ts';
import { clearTimer, now, setTimer } from './real-time.ts';

/** Renewed at a third of the TTL: two more tries fit before it would end. */
const RENEWALS_PER_TTL = 3;

/** Renews the leases of one connection in the background, with one timer for all. It keeps no process alive. */
export class Renewals {
  readonly #leases = new Map<Lease, { due: number }>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  #next = Number.POSITIVE_INFINITY;

  /** `since`: the latest time at which the lease had surely not been granted. */
  add(lease: Lease, since: number): void {
    const turn = { due: since + lease.ttlMs / RENEWALS_PER_TTL };
    this.#leases.set(lease, turn);
    // Before anything else runs, since that may be long: the grant may have lain here unread.
    if (turn.due <= now()) this.#renew(lease, turn);
    if (turn.due < this.#next) this.#schedule(turn.due);
  }

  delete(lease: Lease): void {
    this.#leases.delete(lease);
  }

  /** The broker has ended this lease, or all. */
  *[Symbol.iterator](): Iterator<Lease> {
    yield* [...this.#leases.keys()];
  }

  #renew(lease: Lease, turn: { due: number }): void {
    turn.due = now() + lease.ttlMs / RENEWALS_PER_TTL;
    lease.sendRenewal(Number.POSITIVE_INFINITY).catch(() => {});
  }

  #schedule(due: number): void {
    clearTimer(this.#timer);
    this.#next = due;
    this.#timer = setTimer(() => this.#fire(), Math.max(1, due - now())).unref();
  }

  #fire(): void {
    const time = now();
    let next = Number.POSITIVE_INFINITY;
    for (const [lease, turn] of this.#leases) {
      // An overdue lease is found lost by asking whether it is held.
      if (!lease.held) continue;
      if (turn.due <= time) this.#renew(lease, turn);
      next = Math.min(next, turn.due);
    }
    this.#next = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#schedule(next);
  }
}
