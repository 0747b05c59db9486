import type { Outcome } from '../../core/rate-limits.ts';
import { badRequest } from '../../protocol/errors.ts';
import { nameField, neededCount, noOtherFields, purposeField, spanField } from '../fields.ts';
import type { Handler } from './index.ts';
import { timeoutOf, WAIT_FIELDS, waitOutcome } from './waiting.ts';

/** Answered a little ahead of the pass, with how long that is: who asked sleeps until then. */
export const limit: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { rateLimits, config } = session.house;
  const name = nameField(request, 'name', config.limits);
  const count = neededCount(request, 'count');
  const perMs = spanField(request, 'per', 1);
  if (perMs === undefined) throw badRequest("The field 'per' is missing.");
  const rate = { count, perMs };
  const timeoutMs = timeoutOf(request, config.waitTimeoutMs);
  const purpose = purposeField(request);
  session.pending.check(exchange);
  const outcome: Outcome = {
    ...waitOutcome(session, exchange),
    passes: (inMs, waitedMs) => exchange.ok(`,"waitMs":${inMs},"waitedMs":${Math.round(waitedMs)}`),
  };
  const waiter = rateLimits.request(session.core, { name, rate, timeoutMs, purpose }, outcome);
  session.pending.add(exchange, () => rateLimits.cancel(waiter));
  return undefined;
};

const FIELDS = new Set([...WAIT_FIELDS, 'name', 'count', 'per']);
