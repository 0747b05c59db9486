import { beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { RateLimits } from '../../core/rate-limits.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import type { Session } from '../session.ts';
import { HANDLERS } from './index.ts';

let session: Session;

beforeEach(() => {
  const config = resolveConfig({ waitTimeout: 1_500, limits: { maxKeyBytes: 10 } }, 'test');
  const rateLimits = new RateLimits(new FakeClock(), config.limits);
  session = { house: { config, rateLimits } } as Session;
});

const say = (fields: object): string | undefined => {
  const request = { action: 'limit', name: 'api', count: 2, per: 1_000, ...fields } as Request;
  return HANDLERS.get('limit')!(request, session, {} as Exchange);
};

function refusalOf(fields: object): BrokerError {
  try {
    say(fields);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('nothing was thrown');
}

test('a pass is told at once, with how long to wait for it', () => {
  expect([say({}), say({}), say({})]).toEqual([',"waitMs":0', ',"waitMs":0', ',"waitMs":1000']);
});

describe('a pass may take', () => {
  test('as long as the config lets requests wait, unless the request says how long', () => {
    for (let i = 0; i < 4; i++) say({});
    expect(refusalOf({})).toMatchObject({ code: 'wait_timeout', details: { waitMs: 2_000 } });
    expect(say({ timeout: 2_000 })).toBe(',"waitMs":2000');
  });

  test('no longer than atMost, whatever its timeout is', () => {
    for (let i = 0; i < 2; i++) say({});
    expect(refusalOf({ atMost: 999 }).code).toBe('wait_timeout');
    expect(refusalOf({ timeout: 5_000, atMost: 999 }).code).toBe('wait_timeout');
    expect(refusalOf({ timeout: 999, atMost: 5_000 }).code).toBe('wait_timeout');
    expect(say({ atMost: 1_000 })).toBe(',"waitMs":1000');
  });
});

test.each([
  [{ name: undefined }, "'name' must be a text"],
  [{ name: '' }, "'name' must be a name"],
  [{ count: undefined }, "'count' must be a whole number from 1 to 10000"],
  [{ count: 0 }, "'count' must be a whole number from 1 to 10000"],
  [{ count: 10_001 }, "'count' must be a whole number from 1 to 10000"],
  [{ count: 1.5 }, "'count' must be a whole number"],
  [{ per: undefined }, "'per' is missing"],
  [{ per: 0.5 }, "'per' must be a number of milliseconds from 1"],
  [{ per: '1s' }, "'per' must be a number of milliseconds"],
  [{ timeout: -1 }, "'timeout' must be a number of milliseconds from 0"],
  [{ permits: 2 }, "limit has no field 'permits'"],
])('%o is a bad request, and spends nothing', (fields, message) => {
  const error = refusalOf(fields);
  expect(error.code).toBe('bad_request');
  expect(error.message).toMatch(message);
  expect([say({}), say({})]).toEqual([',"waitMs":0', ',"waitMs":0']);
});

test('a name is bounded by the config’s own limit', () => {
  expect(refusalOf({ name: 'x'.repeat(11) }).code).toBe('too_large');
});
