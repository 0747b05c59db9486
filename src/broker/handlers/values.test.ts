import { beforeEach, describe, expect, test, vi } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import type { BrokerConfig } from '../../config/define.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Store } from '../../core/store.ts';
import { MAX_DURATION_MS } from '../../protocol/duration.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import { LIST_PAGE } from '../../protocol/limits.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import type { Session } from '../session.ts';
import { HANDLERS } from './index.ts';

let clock: FakeClock;
let session: Session;
/** Keys of which what is being made was told to be older, by each who makes. */
let overtaken: string[];

function start(config: BrokerConfig = {}): void {
  const resolved = resolveConfig(config, 'test');
  clock = new FakeClock();
  const overtake = (key: string) => overtaken.push(key);
  const house = {
    config: resolved,
    store: new Store(clock, resolved.limits),
    leases: { overtake },
    extensions: { providers: { overtake } },
  };
  overtaken = [];
  session = { house } as unknown as Session;
}

beforeEach(() => start());

/** The fields of the reply. The request is what came off the wire: its text, parsed. */
function say(action: string, fields: object | string = {}) {
  const text = typeof fields === 'string' ? fields : JSON.stringify(fields);
  const request = { ...JSON.parse(text), action } as Request;
  const reply = HANDLERS.get(action)!(request, session, {} as Exchange);
  return JSON.parse(`{${reply!.slice(1)}}`);
}

function refusalOf(action: string, fields: object | string = {}): BrokerError {
  try {
    say(action, fields);
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('nothing was thrown');
}

const set = (key: string, value: unknown, more: object = { ttl: 'run' }) =>
  say('set', { key, value, ...more });

test('what writes or deletes a key overtakes what is being made of it; what is refused or reads does not', () => {
  set('a', 1);
  say('incr', { key: 'b' });
  say('del', { key: 'c' });
  expect(overtaken).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  say('get', { key: 'a' });
  say('touch', { key: 'a', ttl: 'run' });
  refusalOf('set', { key: 'a', value: 1, ttl: 'run', ifAbsent: true });
  expect(overtaken).toHaveLength(6);
});

describe('a value', () => {
  test.each([null, false, 0, '', [], {}, -1.5e300, [[{ a: [null] }]], 'é€👍\u2028\u0000'])(
    'comes back as it was: %j',
    (value) => {
      set('k', value);
      expect(say('get', { key: 'k' })).toEqual({ value });
    },
  );

  test('keeps a key named __proto__, and nothing else gets its fields', () => {
    say('set', '{"key":"k","ttl":"run","value":{"__proto__":{"admin":true},"constructor":1}}');
    const { value } = say('get', { key: 'k' });
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true},"constructor":1}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'toString', ' ', '\u0000', 'é'])(
    'can be under the key %j, like any other',
    (key) => {
      expect(refusalOf('get', { key }).code).toBe('not_found');
      set(key, 1);
      expect(say('get', { key })).toEqual({ value: 1 });
      expect(say('list').keys).toEqual([{ key, version: 1 }]);
      expect(say('del', { key })).toEqual({ value: true });
    },
  );

  test('is not left out: null is one, and no field is none', () => {
    const error = refusalOf('set', { key: 'k', ttl: 'run' });
    expect([error.code, error.message]).toEqual(['bad_request', "The field 'value' is missing."]);
    expect(session.house.store.size).toBe(0);
  });

  test('nested to the cap is taken, and one deeper is not', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    start({ limits: { maxDepth: 4 } });
    say('set', `{"key":"k","ttl":"run","value":${nested(4)}}`);
    expect(refusalOf('set', `{"key":"k","ttl":"run","value":${nested(5)}}`).code).toBe('too_large');
  });

  test('is absent in no message', () => {
    set('k', 'hunter2');
    for (const [action, fields] of [
      ['set', { key: 'k', value: 'hunter3', ttl: 'run', ifAbsent: true }],
      ['set', { key: 'k', value: 'hunter3', ttl: 'run', ifVersion: 7 }],
      ['set', { key: 'k', value: 'hunter3', ttl: 'hunter4' }],
      ['incr', { key: 'k' }],
      ['incr', { key: 'k', by: 'hunter3' }],
    ] as const) {
      const { message, details } = refusalOf(action, fields);
      expect(`${message}${JSON.stringify(details)}`).not.toContain('hunter');
    }
  });
});

describe('a time to live', () => {
  test('is needed, unless the config gives one', () => {
    expect(refusalOf('set', { key: 'k', value: 1 }).code).toBe('ttl_required');
    start({ defaultTtl: 1_000 });
    set('k', 1, {});
    clock.advance(1_000);
    expect(refusalOf('get', { key: 'k' }).code).toBe('not_found');
    start({ defaultTtl: 'run' });
    set('k', 1, {});
    clock.advance(1e9);
    expect(say('get', { key: 'k' })).toEqual({ value: 1 });
  });

  test.each(['5', '5s', 'Run', '', null, 0, -5, Infinity, true, [5], { ms: 5 }])(
    'of %j is refused, and nothing is set: a value that lives for ever would be the cost',
    (ttl) => {
      const text = `{"key":"k","value":1,"ttl":${ttl === Infinity ? '1e999' : JSON.stringify(ttl)}}`;
      expect(refusalOf('set', text).code).toBe('bad_request');
      expect(session.house.store.size).toBe(0);
    },
  );

  test('ends exactly: never a moment after', () => {
    set('brief', 1, { ttl: 1 });
    expect(say('get', { key: 'brief' })).toEqual({ value: 1 });
    set('k', 1, { ttl: 1_000 });
    clock.advance(999);
    expect(say('get', { key: 'k' })).toEqual({ value: 1 });
    clock.advance(1);
    expect(refusalOf('get', { key: 'k' }).code).toBe('not_found');
  });

  test('counts also what the broker stood still', () => {
    set('k', 1, { ttl: 1_000 });
    clock.stall(1_000);
    expect(refusalOf('get', { key: 'k' }).code).toBe('not_found');
  });

  test('given as an end is counted from now, and one in the past is refused', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      set('k', 1, { expiresAt: Date.now() + 1_000 });
      expect(say('get', { key: 'k', entry: true })).toEqual({ value: 1, version: 1, ttlMs: 1_000 });
      for (const expiresAt of [Date.now(), 0, -1e300]) {
        expect(refusalOf('set', { key: 'k', value: 2, expiresAt }).code).toBe('bad_request');
      }
      const both = { key: 'k', value: 2, expiresAt: Date.now() + 1_000, ttl: 1_000 };
      expect(refusalOf('set', both).message).toBe("Give either 'ttl' or 'expiresAt'.");
      expect(say('get', { key: 'k' })).toEqual({ value: 1 });
      set('k', 1, { expiresAt: Date.now() + 1e12 });
      expect(say('get', { key: 'k', entry: true })).toMatchObject({ ttlMs: MAX_DURATION_MS });
    } finally {
      vi.useRealTimers();
    }
  });

  test('goes on through a wall clock that jumps', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      set('k', 1, { ttl: 1_000 });
      vi.setSystemTime(Date.now() + 3_600_000);
      expect(say('get', { key: 'k' })).toEqual({ value: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is given anew by touch, from now', () => {
    set('k', 1, { ttl: 1_000 });
    clock.advance(900);
    expect(say('touch', { key: 'k', ttl: 500 })).toEqual({ value: true });
    clock.advance(499);
    expect(say('get', { key: 'k' })).toEqual({ value: 1 });
    expect(say('touch', { key: 'none', ttl: 500 })).toEqual({ value: false });
    expect(refusalOf('touch', { key: 'k' }).code).toBe('ttl_required');
    expect(refusalOf('touch', { key: 'k', ttl: '5' }).code).toBe('bad_request');
  });
});

describe('conditions', () => {
  test('ifAbsent: the first wins', () => {
    set('k', 1, { ttl: 'run', ifAbsent: true });
    expect(refusalOf('set', { key: 'k', value: 2, ttl: 'run', ifAbsent: true }).code).toBe(
      'exists',
    );
    expect(say('get', { key: 'k' })).toEqual({ value: 1 });
  });

  test('ifVersion: of two who read the same, one writes', () => {
    const { version } = set('k', 1);
    set('k', 2, { ttl: 'run', ifVersion: version });
    expect(refusalOf('set', { key: 'k', value: 3, ttl: 'run', ifVersion: version }).code).toBe(
      'version_mismatch',
    );
    expect(say('get', { key: 'k' })).toEqual({ value: 2 });
  });
});

describe('incr', () => {
  test('counts from 0, and keeps the time of a number that is there', () => {
    expect(say('incr', { key: 'n', ttl: 1_000 })).toEqual({ value: 1 });
    clock.advance(600);
    expect(say('incr', { key: 'n', by: -3, ttl: 1_000 })).toEqual({ value: -2 });
    clock.advance(400);
    expect(say('incr', { key: 'n' })).toEqual({ value: 1 });
    clock.advance(1e9);
    expect(say('incr', { key: 'n' })).toEqual({ value: 2 });
  });

  test('of what is no number is refused, and so is a sum that is not exact', () => {
    set('k', '1');
    expect(refusalOf('incr', { key: 'k' }).code).toBe('wrong_type');
    set('n', 2 ** 53 - 1);
    expect(refusalOf('incr', { key: 'n' }).code).toBe('wrong_type');
    expect(say('get', { key: 'n' })).toEqual({ value: 2 ** 53 - 1 });
  });
});

describe('caps', () => {
  test('keys count against the bytes of the store', () => {
    start({ limits: { maxStoreBytes: 10_000 } });
    let kept = 0;
    const fill = () => {
      for (; kept < 100; kept++) set(`${kept}`.padEnd(1_000, 'x'), 1);
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'store_full' }));
    expect(kept).toBeLessThan(10);
    expect(session.house.store.bytes).toBeLessThanOrEqual(10_000);
  });

  test('a key and a value are bounded in bytes', () => {
    start({ limits: { maxKeyBytes: 6, maxValueBytes: 8 } });
    set('€€', '€€');
    expect(refusalOf('set', { key: '€€x', value: 1, ttl: 'run' }).code).toBe('too_large');
    expect(refusalOf('set', { key: 'k', value: '€€x', ttl: 'run' }).code).toBe('too_large');
  });
});

describe('list', () => {
  test('gives keys and times in order, and no values', () => {
    set('b', 'hunter2', { ttl: 1_000 });
    set('a', 'hunter2');
    set('c', 'hunter2', { ttl: 10 });
    clock.advance(10);
    expect(say('list')).toEqual({
      keys: [
        { key: 'a', version: 2 },
        { key: 'b', version: 1, ttlMs: 990 },
      ],
      more: false,
    });
  });

  test('comes in pages, which together are all', () => {
    const keys = Array.from(
      { length: 2 * LIST_PAGE + 5 },
      (_, i) => `k${String(i).padStart(5, '0')}`,
    );
    for (const key of keys) set(key, 1);
    set('other', 1);
    const found: string[] = [];
    for (let after: string | undefined, more = true; more; after = found.at(-1)) {
      const page = say('list', { prefix: 'k', after });
      expect(page.keys.length).toBeLessThanOrEqual(LIST_PAGE);
      found.push(...page.keys.map(({ key }: { key: string }) => key));
      more = page.more;
    }
    expect(found).toEqual(keys);
    const last = say('list', { prefix: 'k', after: keys[LIST_PAGE + 4] });
    expect([last.keys.length, last.more]).toEqual([LIST_PAGE, false]);
  });

  test.each([{ prefix: 5 }, { prefix: null }, { after: [] }])('with %j is refused', (fields) => {
    expect(refusalOf('list', fields).code).toBe('bad_request');
  });
});
