import { BrokerError, quoted } from '../protocol/errors.ts';
import type { EndReason } from '../protocol/messages.ts';

/** Ends that are remembered. A holder that lost its lease learns at its next use of it, which may be late. */
const MAX_ENDED = 10_000;

/** How the leases that ended last did, to tell those who still use them. */
export class EndedLeases {
  /** Two rings: few ask for one, and all are added. */
  readonly #ids: string[] = [];
  readonly #reasons: EndReason[] = [];
  #ends = 0;

  add(id: string, reason: EndReason): void {
    const at = this.#ends++ % MAX_ENDED;
    this.#ids[at] = id;
    this.#reasons[at] = reason;
  }

  /** For who uses it still; undefined where no lease of this id is remembered. */
  error(lease: string): BrokerError | undefined {
    const reason = this.#reasons[this.#ids.indexOf(lease)];
    return (
      reason &&
      new BrokerError('lease_lost', `The lease ${quoted(lease)} has ended: ${reason}.`, {
        lease,
        reason,
      })
    );
  }
}
