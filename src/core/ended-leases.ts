import { BrokerError, quoted } from '../protocol/errors.ts';
import type { EndReason } from '../protocol/messages.ts';

/** Ends that are remembered. A holder that lost its lease learns at its next use of it, which may be late. */
const MAX_ENDED = 1_000;

/** How the leases that ended last did, to tell those who still use them. */
export class EndedLeases {
  readonly #reasons = new Map<string, EndReason>();
  readonly #ids: string[] = [];
  #ends = 0;

  add(id: string, reason: EndReason): void {
    // By a ring of their ids: to find the oldest in the map would mean to pass what was deleted before it.
    const oldest = this.#ids[this.#ends % MAX_ENDED];
    if (oldest !== undefined) this.#reasons.delete(oldest);
    this.#ids[this.#ends++ % MAX_ENDED] = id;
    this.#reasons.set(id, reason);
  }

  /** For who uses it still; undefined where no lease of this id is remembered. */
  error(lease: string): BrokerError | undefined {
    const reason = this.#reasons.get(lease);
    return (
      reason &&
      new BrokerError('lease_lost', `The lease ${quoted(lease)} has ended: ${reason}.`, {
        lease,
        reason,
      })
    );
  }
}
