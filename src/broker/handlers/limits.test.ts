import { beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Journal } from '../../core/journal.ts';
import { RateLimits } from '../../core/rate-limits.ts';
import { Session as CoreSession } from '../../core/session.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import { NOTICE_MS } from '../../protocol/limits.ts';
import type { BrokerEvent, Reply, Request } from '../../protocol/messages.ts';
import { noting } from '../../testing/noting.ts';
import type { Connection } from '../connection.ts';
import { Exchange } from '../exchange.ts';
import { Pending } from '../pending.ts';
import type { Session } from '../session.ts';
import { HANDLERS } from './index.ts';

let session: Session;
let clock: FakeClock;
let told: BrokerEvent[];
/** Replies, in their order. */
let said: Reply[];

beforeEach(() => {
  const config = resolveConfig({ waitTimeout: 1_500, limits: { maxKeyBytes: 10 } }, 'test');
  clock = new FakeClock();
  said = [];
  told = [];
  session = {
    house: { config, rateLimits: new RateLimits(clock, config.limits, new Journal(clock)) },
    core: new CoreSession(1, {}),
    pending: new Pending(),
    tell: (event: BrokerEvent) => told.push(event),
  } as unknown as Session;
});

/** Throws where it is refused at once. */
function say(fields: object, action = 'limit'): void {
  const connection = noting(said);
  const request = { action, ...fields } as Request;
  const exchange = new Exchange(connection as unknown as Connection, request);
  const reply = HANDLERS.get(action)!(request, session, exchange);
  if (reply !== undefined) exchange.ok(reply);
}

const ask = (fields: object = {}): void => say({ name: 'api', count: 2, per: 1_000, ...fields });

function refusalOf(fields: object): BrokerError {
  try {
    ask(fields);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('nothing was thrown');
}

function sweepAfter(ms: number): void {
  clock.advance(ms);
  session.house.rateLimits.sweep();
}

const AT_ONCE = { ok: true, waitMs: 0, waitedMs: 0 };

test('a pass is told ahead, with how long to wait for it, and how long that is in all', () => {
  for (const id of [1, 2, 3]) ask({ id });
  expect(said).toEqual([
    { id: 1, ...AT_ONCE },
    { id: 2, ...AT_ONCE },
  ]);
  sweepAfter(850);
  expect(said.slice(2)).toEqual([{ id: 3, ok: true, waitMs: 150, waitedMs: 1_000 }]);
});

test('what was waited is told in whole milliseconds, when the pass is due exactly', () => {
  ask({ id: 1, count: 1, per: 100.25 });
  ask({ id: 2, count: 1, per: 100.25 });
  expect(said.at(-1)).toMatchObject({ id: 2, waitMs: 100.25, waitedMs: 100 });
});

test('cancel gives a wait up by the very id of its request, and comes late without effect', () => {
  for (const id of [1, 2, 3, 4]) ask({ id });
  said.splice(0);
  say({ id: 5, request: '3' }, 'cancel');
  expect(said.splice(0)).toEqual([{ id: 5, ok: true }]);
  say({ id: 6, request: 3 }, 'cancel');
  expect(said.splice(0)).toMatchObject([
    { id: 3, error: 'cancelled' },
    { id: 6, ok: true },
  ]);
  sweepAfter(900);
  say({ id: 7, request: 4 }, 'cancel');
  expect(said).toMatchObject([
    { id: 4, ok: true },
    { id: 7, ok: true },
  ]);
});

test('a wait that takes long is told by the id of its request', () => {
  ask({ id: 1, count: 1, per: 9_000 });
  ask({ id: 2, count: 1, per: 9_000, timeout: 9_000 });
  sweepAfter(NOTICE_MS);
  const message = expect.stringMatching("^Waiting for a pass of the limit 'api'");
  expect(told).toEqual([{ event: 'notice', request: 2, notice: 'slow', message }]);
});

test('of those that wait no two have one id', () => {
  for (const id of [1, 2, 3]) ask({ id });
  expect(refusalOf({ id: 3 }).message).toBe('A request with the id 3 waits already.');
  ask({ id: 1 });
});

describe('a pass may take', () => {
  test('as long as the config lets requests wait, unless the request says how long', () => {
    for (let id = 0; id < 4; id++) ask({ id });
    expect(refusalOf({})).toMatchObject({ code: 'wait_timeout', details: { waitMs: 2_000 } });
    ask({ timeout: 2_000 });
  });

  test('no longer than atMost, whatever its timeout is', () => {
    for (let i = 0; i < 2; i++) ask();
    expect(refusalOf({ atMost: 999 }).code).toBe('wait_timeout');
    expect(refusalOf({ timeout: 5_000, atMost: 999 }).code).toBe('wait_timeout');
    expect(refusalOf({ timeout: 999, atMost: 5_000 }).code).toBe('wait_timeout');
    ask({ atMost: 1_000 });
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
  ask();
  ask();
  expect(said).toEqual([AT_ONCE, AT_ONCE]);
});

test('a name is bounded by the config’s own limit', () => {
  expect(refusalOf({ name: 'x'.repeat(11) }).code).toBe('too_large');
});
