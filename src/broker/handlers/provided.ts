import type { HeldLease } from '../../core/lease.ts';
import { formatMs, MAX_DURATION_MS } from '../../protocol/duration.ts';
import { BrokerError, printable, quoted } from '../../protocol/errors.ts';
import { type Request, wireError } from '../../protocol/messages.ts';
import { Call } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { nameField, noOtherFields } from '../fields.ts';
import type { Session } from '../session.ts';
import { timeoutOf } from './acquire.ts';
import type { Handler } from './index.ts';
import { OnceReply, valueOr } from './once.ts';

/**
 * The value of a key, which its provider makes where there is none. As `once`, but that the broker
 * makes it, on behalf of whoever is first in the queue: where that client dies, the next one is, and
 * the provider goes on.
 */
export const value: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { config, extensions } = session.house;
  const key = nameField(request, 'key', config.limits);
  extensions.providers.check(key);
  // Nobody renews its lease: it ends with the provider, or the session.
  const asked = { ...request, ttl: MAX_DURATION_MS };
  return valueOr(
    key,
    extensions.providers.refreshMs(key),
    asked,
    session,
    (current) => new ProvidedReply(key, asked, session, exchange, current),
  );
};

const FIELDS = new Set(['id', 'action', 'key', 'timeout', 'atMost', 'purpose']);

class ProvidedReply extends OnceReply {
  readonly #key: string;
  readonly #timeoutMs: number;

  constructor(
    key: string,
    request: Request,
    session: Session,
    exchange: Exchange,
    current: string | undefined,
  ) {
    super(session, exchange, current);
    this.#key = key;
    this.#timeoutMs = timeoutOf(request, session.house.config.waitTimeoutMs);
  }

  protected override async make(lease: HeldLease): Promise<void> {
    const { leases, extensions } = this.session.house;
    const end = this.current === undefined ? this.#wait() : this.#goOn(this.current);
    const result = await extensions.providers.provide(this.#key).catch(wireError);
    end(result);
    try {
      leases.conclude(this.session.core, lease.id, result);
    } catch {
      // It has ended, with its session perhaps: who is first now waits for the same run of the provider.
    }
  }

  /** No longer than others wait for the first one. */
  #wait(): (result: string | BrokerError) => void {
    const call = new Call(this.exchange, this.session.calls, this.#timeoutMs, (waitedMs) =>
      late(this.#key, waitedMs),
    );
    return (result) =>
      call.end(() =>
        result instanceof BrokerError ? this.refused(result) : this.answered(result),
      );
  }

  /** With the value that there is. */
  #goOn(current: string): (result: string | BrokerError) => void {
    this.exchange.okInTime(current);
    return (result) => {
      if (!(result instanceof BrokerError)) return;
      process.emitWarning(
        printable(
          `ephemeral-broker: no new value was made under ${quoted(this.#key)}, so the old one goes on: ${result.message}`,
        ),
      );
    };
  }
}

const late = (key: string, waitedMs: number) =>
  new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waitedMs)} for the value ${quoted(key)}: its provider is still at work, in the broker. Whoever asks again waits for the same run of it.`,
    { key, waitedMs },
  );
