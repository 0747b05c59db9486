import './dispose.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import { BrokerError } from '../protocol/errors.ts';
import type { Holder } from '../protocol/holder.ts';
import type { EndReason, Reply } from '../protocol/messages.ts';
import { checkOptions } from '../protocol/options.ts';
import type { Connection } from './connection.ts';
import { DEBUG_TTL_MS, isDebugged } from './debugged.ts';
import { whyText } from './fields.ts';
import { now } from './real-time.ts';
import type { Renewals } from './renewals.ts';

/** What became of a lease, as its holder knows it. */
type Fate = 'held' | 'released' | { lost: BrokerError };

/**
 * A resource that is yours until you release it, renewed in the background.
 *
 * The lease can be lost: the broker ends, the connection breaks, or this process stands still for
 * longer than the TTL. Then `signal` aborts, and every use of the lease throws `lease_lost`; what
 * somebody else may hold by now is never handed out as yours. A process that was itself stopped
 * finds this out at the first use after it wakes.
 */
export class Lease<V = unknown> {
  /** Unique among all leases of the broker. */
  readonly id: string;
  /** Rises with every grant: hand it to what you protect, and it can refuse a holder that lost its lease unawares. */
  readonly token: number;
  /** Milliseconds that it lives without a renewal. */
  ttlMs: number;
  /** Who held it before, where it had to be waited for and they said who they are. @internal */
  readonly former: Holder | undefined;
  readonly #value: V;
  readonly #connection: Connection;
  readonly #renewals: Renewals;
  readonly #ended: () => void;
  /** When the last renewal that was answered, or is being answered, was sent. */
  #renewedAt: number;
  #fate: Fate = 'held';
  #abort: AbortController | undefined;
  #releasing: Promise<void> | undefined;

  /** @internal */
  constructor(
    connection: Connection,
    renewals: Renewals,
    reply: Reply,
    askedAt: number,
    ended: () => void,
  ) {
    this.id = reply.lease as string;
    this.token = reply.token as number;
    this.ttlMs = reply.ttlMs as number;
    this.former = reply.former as Holder | undefined;
    this.#value = reply.value as V;
    this.#connection = connection;
    this.#renewals = renewals;
    this.#ended = ended;
    this.#renewedAt = now();
    renewals.add(this, askedAt);
  }

  /**
   * The leased resource.
   *
   * @throws BrokerError `lease_lost`, after the release too.
   */
  get value(): V {
    this.#mustHold();
    return this.#value;
  }

  /** Aborts when the lease is lost, with a `lease_lost` error for its reason. Not on release. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    this.#notice();
    if (typeof this.#fate === 'object') this.#abort.abort(this.#fate.lost);
    return this.#abort.signal;
  }

  /** When it would end without a further renewal, by the wall clock, in milliseconds since 1970. */
  get expiresAt(): number {
    return Date.now() + this.#renewedAt + this.ttlMs - now();
  }

  /** Whether it is neither released nor, as far as is known, lost. */
  get held(): boolean {
    this.#notice();
    return this.#fate === 'held';
  }

  /**
   * Renews now. There is seldom a need: it is done in the background at a third of the TTL.
   *
   * @param ttl how long it lives without a renewal from now on; default: as long as before.
   * @throws BrokerError `lease_lost`.
   */
  async renew(ttl?: Duration): Promise<void> {
    this.#mustHold();
    await this.sendRenewal(0, ttl === undefined ? undefined : durationMs(ttl, 'ttl'));
  }

  /**
   * Gives the resource back. A second call does nothing more.
   *
   * @param options `dirty`: what was done with it is not undone; the pool's `reset` is told.
   * @throws BrokerError `lease_lost` if it was lost before: what ran under it did not run alone.
   */
  release(options: { dirty?: boolean } = {}): Promise<void> {
    return this.#giveUp(() => {
      checkOptions(options, ['dirty']);
      return `"action":"release"${options.dirty ? ',"dirty":true' : ''}`;
    });
  }

  /**
   * The resource is no good: nobody gets it any more in this run. Only for those of pools; anything
   * else is given back.
   *
   * @param why for the journal: no value, no secret.
   * @throws BrokerError `lease_lost`, `bad_request`.
   */
  retire(why?: string): Promise<void> {
    return this.#giveUp(() => `"action":"retire"${whyText(why)}`);
  }

  /** It was for a computation: what that came to, as fields. In place of `release`. @internal */
  settle(fields: string): Promise<void> {
    return this.#giveUp(() => `"action":"settle"${fields}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Once: how, the first who asks decides. */
  #giveUp(how: () => string): Promise<void> {
    let fields: string;
    try {
      fields = how();
    } catch (error) {
      return Promise.reject(error);
    }
    this.#releasing ??= new Promise((resolve, reject) => {
      this.#mustHold();
      this.#end('released');
      const lease = `"lease":${JSON.stringify(this.id)}`;
      const refused = (error: unknown) => {
        // What cannot be retired is held still, and nobody would renew or release it any more.
        if ((error as BrokerError).code === 'bad_request') {
          this.#connection.tell(`"action":"release",${lease}`);
        }
        reject(error);
      };
      this.#connection.send(`${fields},${lease}`, { resolve: () => resolve(), reject: refused });
      this.#connection.hurry();
    });
    return this.#releasing;
  }

  /** Sends a renewal; a broker that refuses it has ended the lease, one that does not answer has not. @internal */
  async sendRenewal(waitMs: number, askedMs?: number): Promise<void> {
    const newTtlMs = isDebugged() ? DEBUG_TTL_MS : askedMs;
    const renewal = this.#connection.request(
      `"action":"renew","lease":${JSON.stringify(this.id)}${newTtlMs === undefined ? '' : `,"ttl":${newTtlMs}`}`,
      waitMs,
    );
    // It counts from now, so it must not lie here until some long work is done.
    this.#connection.hurry();
    this.#renewedAt = now();
    try {
      const { ttlMs } = await renewal;
      if (typeof ttlMs === 'number') this.ttlMs = ttlMs;
    } catch (error) {
      const { code, details } = error as BrokerError;
      if (code !== 'broker_unresponsive') {
        this.lose((details.reason || 'expired') as EndReason, error);
      }
      throw error;
    }
  }

  /** Whether this process was too late with its renewals, however that came. @internal */
  get overdue(): boolean {
    return now() - this.#renewedAt >= this.ttlMs;
  }

  /** The lease has ended, and not by its release. @internal */
  lose(reason: EndReason, cause?: unknown): void {
    if (this.#fate !== 'held') return;
    const lost = new BrokerError(
      'lease_lost',
      `The lease ${this.id} was lost (${reason}): ${why(reason)}`,
      {
        lease: this.id,
        reason,
      },
    );
    if (cause !== undefined) lost.cause = cause;
    this.#end({ lost });
    this.#abort?.abort(lost);
  }

  #end(fate: Fate): void {
    this.#fate = fate;
    this.#renewals.delete(this);
    this.#ended();
  }

  #mustHold(): void {
    this.#notice();
    if (this.#fate === 'held') return;
    if (this.#fate !== 'released') throw this.#fate.lost;
    throw new BrokerError(
      'lease_lost',
      `The lease ${this.id} was released before this use of it.`,
      {
        lease: this.id,
        reason: 'released',
      },
    );
  }

  /** The timers of a process that stood still have not fired yet when its code goes on. */
  #notice(): void {
    if (this.#fate !== 'held' || !this.overdue) return;
    this.lose('expired');
    // Where the broker stood still too, it still counts the lease: nobody else would get it.
    this.#connection.tell(`"action":"release","lease":${JSON.stringify(this.id)}`);
  }
}

function why(reason: EndReason): string {
  switch (reason) {
    case 'expired':
      return 'this process did not renew it for longer than its TTL (its event loop was blocked, or it was stopped).';
    case 'revoked':
      return 'it was revoked.';
    case 'disconnected':
      return 'the connection to the broker ended.';
    default:
      return 'the broker was stopped.';
  }
}
