import type { Outcome } from '../../core/barriers.ts';
import { noOtherFields, purposeField } from '../fields.ts';
import { checkId, timeoutOf } from './acquire.ts';
import type { Handler } from './index.ts';
import { named, neededCount } from './leases.ts';

/** Answered when all parties have arrived, or one of them waits no more. */
export const barrier: Handler = (request, session, exchange) => {
  noOtherFields(request, FIELDS);
  const { barriers, config } = session.house;
  const { id, connection } = exchange;
  const party = {
    id,
    name: named(request, 'name', session),
    parties: neededCount(request, 'parties'),
    timeoutMs: timeoutOf(request, config.waitTimeoutMs),
    purpose: purposeField(request),
  };
  checkId(id, session);
  let later = false;
  const goOn = () => {
    // Not at once: the lines that come next could end further waits, and so nest without end.
    if (id === undefined && later) process.nextTick(() => connection.proceed());
  };
  const outcome: Outcome = {
    passed(place) {
      exchange.ok(`,"place":${place}`);
      goOn();
    },
    refused(error) {
      exchange.fail(error);
      goOn();
    },
  };
  barriers.arrive(session.core, party, outcome);
  later = true;
  return undefined;
};

const FIELDS = new Set(['id', 'action', 'name', 'parties', 'timeout', 'atMost', 'purpose']);
