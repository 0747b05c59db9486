import type { HeldLease } from '../../core/lease.ts';
import { MAX_DURATION_MS } from '../../protocol/duration.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import { nameField, noOtherFields } from '../fields.ts';
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
  override refused(error: BrokerError): void {
    // Of the queue, which knows nothing of providers.
    super.refused(error.code === 'wait_timeout' ? this.late(error.details) : error);
  }

  protected override make(lease: HeldLease): void {
    void this.provide(lease);
  }
}
