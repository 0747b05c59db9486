import { durationMs } from '../protocol/duration.ts';
import type { Reply } from '../protocol/messages.ts';
import { scopesText } from './claim.ts';
import { DEBUG_TTL_MS, isForDebugging } from './debugged.ts';
import { Lease } from './lease.ts';
import type { Link } from './link.ts';
import { Answer } from './once.ts';
import type { LeaseOptions, NoticedOptions } from './options.ts';
import { now } from './real-time.ts';

/** Asked once: the environment is slow to read. */
const FOR_DEBUGGING = isForDebugging();

/** As `Waits.ask`. */
type SendAndWait = <T>(
  fields: string,
  options: NoticedOptions,
  pick: (reply: Reply, wanted: boolean) => T,
) => Promise<T>;

/** The leases that one client has. */
export class Grants {
  readonly #link: Link;
  readonly #ask: SendAndWait;
  readonly #leases = new Set<Lease>();

  constructor(link: Link, ask: SendAndWait) {
    this.#link = link;
    this.#ask = ask;
  }

  /** Gives back what is held. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
  }

  /** Asks for a lease, and gives it back where nobody wants it any more when it comes. @throws `Answer` where none is needed. */
  acquire<V>(claim: string, options: LeaseOptions): Promise<Lease<V>> {
    const { ttl, scopes } = options;
    const { connection, renewals } = this.#link;
    const ttlMs = ttl === undefined ? undefined : durationMs(ttl, 'ttl');
    const life = FOR_DEBUGGING ? DEBUG_TTL_MS : ttlMs;
    const fields = claim + (life === undefined ? '' : `,"ttl":${life}`) + scopesText(scopes);
    const askedAt = now();
    return this.#ask(fields, options, (reply, wanted) => {
      if (reply.lease === undefined) throw new Answer(reply.value);
      const lease = new Lease<V>(connection, renewals, reply, askedAt, () => {
        this.#leases.delete(lease as Lease);
      });
      if (wanted) this.#leases.add(lease as Lease);
      // It set out before the broker read the cancellation, or woke.
      else lease.release().catch(() => {});
      if (reply.refresh) throw new Answer(reply.value, lease as Lease);
      return lease;
    });
  }
}
