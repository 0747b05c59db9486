import { badRequest } from '../../protocol/errors.ts';
import { nameField, neededCount, noOtherFields, spanField } from '../fields.ts';
import type { Handler } from './index.ts';
import { timeoutOf } from './waiting.ts';

/** Reserves the next pass, and tells when it is due: who asked sleeps until then. */
export const limit: Handler = (request, session) => {
  noOtherFields(request, FIELDS);
  const { rateLimits, config } = session.house;
  const name = nameField(request, 'name', config.limits);
  const count = neededCount(request, 'count');
  const perMs = spanField(request, 'per', 1);
  if (perMs === undefined) throw badRequest("The field 'per' is missing.");
  const timeoutMs = timeoutOf(request, config.waitTimeoutMs);
  return `,"waitMs":${rateLimits.reserve(name, { count, perMs }, timeoutMs)}`;
};

const FIELDS = new Set(['id', 'action', 'name', 'count', 'per', 'timeout', 'atMost']);
