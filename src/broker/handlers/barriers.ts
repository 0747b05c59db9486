import type { Outcome } from '../../core/barriers.ts';
import { nameField, neededCount, noOtherFields, purposeField } from '../fields.ts';
import { checkId, timeoutOf } from './acquire.ts';
import type { Handler } from './index.ts';

/** Answered when all parties have arrived, or one of them waits no more. */
export const barrier: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { barriers, config } = session.house;
  const { id } = exchange;
  const party = {
    id,
    name: nameField(request, 'name', session.house.config.limits),
    parties: neededCount(request, 'parties'),
    timeoutMs: timeoutOf(request, config.waitTimeoutMs),
    purpose: purposeField(request),
  };
  checkId(id, session);
  const outcome: Outcome = {
    passed: (place) => exchange.ok(`,"place":${place}`),
    refused: (error) => exchange.fail(error),
  };
  barriers.arrive(session.core, party, outcome);
  return undefined;
};

const FIELDS = new Set(['id', 'action', 'name', 'parties', 'timeout', 'atMost', 'purpose']);
