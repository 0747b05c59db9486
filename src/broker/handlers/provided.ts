import type { HeldLease } from '../../core/lease.ts';
import { formatMs, MAX_DURATION_MS } from '../../protocol/duration.ts';
import { BrokerError, type ErrorDetails, quoted } from '../../protocol/errors.ts';
import { wireError } from '../../protocol/messages.ts';
import { Call } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { nameField, noOtherFields } from '../fields.ts';
import type { Session } from '../session.ts';
import type { Handler } from './index.ts';
import { OnceReply, valueOr } from './once.ts';
import { timeoutOf, WAIT_FIELDS } from './waiting.ts';

/**
 * The value of a key, which its provider makes where there is none. As `once`, but that the broker
 * makes it, on behalf of whoever is first in the queue: where that client dies, the next one is, and
 * the provider goes on.
 */
export const value: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { config, extensions } = session.house;
  const { providers } = extensions;
  const key = nameField(request, 'key', config.limits);
  providers.check(key);
  const timeoutMs = timeoutOf(request, Math.max(config.waitTimeoutMs, providers.waitMs(key)));
  // Nobody renews its lease: it ends with the provider, or the session.
  const asked = { ...request, timeout: timeoutMs, ttl: MAX_DURATION_MS };
  return valueOr(
    key,
    (entry) => providers.refreshMs(entry),
    asked,
    session,
    (current) => new ProvidedReply(key, timeoutMs, session, exchange, current),
  );
};

const FIELDS = new Set([...WAIT_FIELDS, 'key']);

class ProvidedReply extends OnceReply {
  readonly #key: string;
  readonly #timeoutMs: number;
  readonly #since = performance.now();

  constructor(
    key: string,
    timeoutMs: number,
    session: Session,
    exchange: Exchange,
    current: string | undefined,
  ) {
    super(session, exchange, current);
    this.#key = key;
    this.#timeoutMs = timeoutMs;
  }

  override refused(error: BrokerError): void {
    // Of the queue, which knows nothing of providers.
    super.refused(error.code === 'wait_timeout' ? this.#late(error.details) : error);
  }

  protected override async make(lease: HeldLease): Promise<void> {
    const { leases, extensions } = this.session.house;
    const call = this.current === undefined ? this.#wait() : undefined;
    // With the value that there is, it goes on.
    if (!call) this.exchange.okInTime(this.current!);
    const result = await extensions.providers.provide(this.#key).catch(wireError);
    call?.end(() => (result instanceof BrokerError ? this.refused(result) : this.answered(result)));
    try {
      leases.conclude(this.session.core, lease.id, result);
    } catch {
      // It has ended, with its session perhaps: who is first now waits for the same run of the provider.
    }
  }

  /** No longer than others wait for the first one. */
  #wait(): Call {
    const leftMs = Math.max(0, this.#timeoutMs - (performance.now() - this.#since));
    return new Call(this.exchange, this.session, leftMs, () => this.#late());
  }

  #late(details: ErrorDetails = {}): BrokerError {
    const waitedMs = this.#timeoutMs;
    return new BrokerError(
      'wait_timeout',
      `Waited ${formatMs(waitedMs)} for the value ${quoted(this.#key)}: its provider is still at work, in the broker. Whoever asks again waits for the same run of it.`,
      { ...details, key: this.#key, waitedMs },
    );
  }
}
