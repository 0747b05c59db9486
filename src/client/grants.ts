import { durationMs } from '../protocol/duration.ts';
import { warn } from '../protocol/errors.ts';
import { scopesText } from './claim.ts';
import { DEBUG_TTL_MS, isForDebugging } from './debugged.ts';
import { purposeText } from './fields.ts';
import { Lease } from './lease.ts';
import type { Link } from './link.ts';
import { Answer } from './once.ts';
import type { LeaseOptions } from './options.ts';
import { now } from './real-time.ts';

/** Asked once: the environment is slow to read. */
const FOR_DEBUGGING = isForDebugging();

/** The leases that one client has, and has asked for. */
export class Grants {
  readonly #link: Link;
  readonly #check: (fields: string, signal: AbortSignal | undefined) => void;
  readonly #leases = new Set<Lease>();
  /** How to give up each wait that is under way. */
  readonly #waits = new Set<(reason: unknown) => void>();

  /** @param check throws what stands in the way of a request. */
  constructor(link: Link, check: (fields: string, signal: AbortSignal | undefined) => void) {
    this.#link = link;
    this.#check = check;
  }

  /** Ends what is waited for, and gives back what is held. */
  async end(reason: unknown): Promise<void> {
    for (const giveUp of [...this.#waits]) giveUp(reason);
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
  }

  /** Asks for a lease, and gives it back where nobody wants it any more when it comes. @throws `Answer` where none is needed. */
  acquire<V>(claim: string, options: LeaseOptions): Promise<Lease<V>> {
    return new Promise((resolve, reject) => {
      const { ttl, timeout, atMost, purpose, signal, onNotice = warn } = options;
      const { connection, renewals, welcome } = this.#link;
      let line = claim;
      let waitMs = welcome.maxWaitMs;
      const ttlMs = ttl === undefined ? undefined : durationMs(ttl, 'ttl');
      if (FOR_DEBUGGING) line += `,"ttl":${DEBUG_TTL_MS}`;
      else if (ttlMs !== undefined) line += `,"ttl":${ttlMs}`;
      if (timeout !== undefined) {
        waitMs = durationMs(timeout, 'timeout', 0);
        line += `,"timeout":${waitMs}`;
      }
      if (atMost !== undefined) {
        const mostMs = durationMs(atMost, 'atMost', 0);
        waitMs = Math.min(waitMs, mostMs);
        line += `,"atMost":${mostMs}`;
      }
      if (purpose !== undefined) line += `,"purpose":${purposeText(purpose)}`;
      line += scopesText(options.scopes);
      this.#check(line, signal);
      const askedAt = now();
      let given = false;
      const onAbort = () => giveUp(signal!.reason);
      const settle = () => {
        this.#waits.delete(giveUp);
        connection.notices.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      // A grant that sets out before the broker reads the cancellation is given back on arrival.
      const giveUp = (reason: unknown) => {
        given = true;
        settle();
        connection.tell(`"action":"cancel","request":${id}`);
        reject(reason);
      };
      const id = connection.send(
        line,
        {
          resolve: (reply) => {
            settle();
            if (reply.lease === undefined) return reject(new Answer(reply.value));
            const lease = new Lease<V>(connection, renewals, reply, askedAt, () => {
              this.#leases.delete(lease as Lease);
            });
            if (given) return void lease.release().catch(() => {});
            this.#leases.add(lease as Lease);
            if (reply.refresh) return reject(new Answer(reply.value, lease as Lease));
            resolve(lease);
          },
          reject: (error) => {
            // Nobody takes what a broker that was unresponsive may grant when it wakes.
            given = true;
            settle();
            reject(error);
          },
        },
        waitMs,
      );
      connection.notices.set(id, onNotice);
      this.#waits.add(giveUp);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
