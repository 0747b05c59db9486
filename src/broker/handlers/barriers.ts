import type { Outcome } from '../../core/barriers.ts';
import { nameField, neededCount, noOtherFields, purposeField } from '../fields.ts';
import type { Handler } from './index.ts';
import { timeoutOf, WAIT_FIELDS, waitOutcome } from './waiting.ts';

/** Answered when all parties have arrived, or one of them waits no more. */
export const barrier: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { barriers, config } = session.house;
  const party = {
    name: nameField(request, 'name', config.limits),
    parties: neededCount(request, 'parties'),
    timeoutMs: timeoutOf(request, config.waitTimeoutMs),
    purpose: purposeField(request),
  };
  session.pending.check(exchange);
  const outcome: Outcome = {
    ...waitOutcome(session, exchange),
    passed: (place) => exchange.ok(`,"place":${place}`),
  };
  const arrival = barriers.arrive(session.core, party, outcome);
  session.pending.add(exchange, () => barriers.cancel(arrival));
  return undefined;
};

const FIELDS = new Set([...WAIT_FIELDS, 'name', 'parties']);
