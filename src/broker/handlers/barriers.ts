import type { Outcome } from '../../core/barriers.ts';
import { nameField, neededCount, noOtherFields, purposeField } from '../fields.ts';
import type { Handler } from './index.ts';
import { checkId, tellNotice, timeoutOf, WAIT_FIELDS } from './waiting.ts';

/** Answered when all parties have arrived, or one of them waits no more. */
export const barrier: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { barriers, config } = session.house;
  const { id } = exchange;
  const party = {
    id,
    name: nameField(request, 'name', config.limits),
    parties: neededCount(request, 'parties'),
    timeoutMs: timeoutOf(request, config.waitTimeoutMs),
    purpose: purposeField(request),
  };
  checkId(id, session);
  const outcome: Outcome = {
    passed: (place) => exchange.ok(`,"place":${place}`),
    refused: (error) => exchange.fail(error),
    slow: (message) => tellNotice(session, exchange, 'slow', message),
  };
  barriers.arrive(session.core, party, outcome);
  return undefined;
};

const FIELDS = new Set([...WAIT_FIELDS, 'name', 'parties']);
