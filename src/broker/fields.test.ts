import { describe, expect, test } from 'vitest';
import { MAX_DURATION_MS } from '../protocol/duration.ts';
import type { BrokerError } from '../protocol/errors.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Request } from '../protocol/messages.ts';
import {
  flagField,
  identityField,
  nameField,
  numberField,
  purposeField,
  spanField,
  textField,
  wholeField,
} from './fields.ts';

const limits = (maxKeyBytes: number) => ({ maxKeyBytes }) as Limits;
const request = (x: unknown): Request => ({ action: 'test', x });

function refusalOf(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('nothing was thrown');
}

/** One of each kind that JSON knows. */
const KINDS: unknown[] = [null, true, 5, 5.5, '5', '', [], {}];

/** For each reader, those of `KINDS` that it takes. */
const READERS: [string, (request: Request) => unknown, unknown[]][] = [
  ['text', (from) => textField(from, 'x'), ['5', '']],
  ['name', (from) => nameField(from, 'x', limits(8)), ['5']],
  ['number', (from) => numberField(from, 'x'), [5, 5.5]],
  ['whole', (from) => wholeField(from, 'x'), [5]],
  ['flag', (from) => flagField(from, 'x'), [true]],
  ['span', (from) => spanField(from, 'x', 1), [5, 5.5]],
];

describe('a field of the wrong type is refused, whatever it could be taken for', () => {
  test.each(READERS)('%s', (_, read, taken) => {
    for (const given of KINDS) {
      if (taken.includes(given)) expect(read(request(given))).toBe(given);
      else expect(refusalOf(() => read(request(given))).code).toBe('bad_request');
    }
  });

  test('its message names the field and its kind, never what was in it', () => {
    const given = { token: 'hunter2' };
    for (const [, read] of READERS) {
      const { message } = refusalOf(() => read(request([given, 'hunter2'])));
      expect(message).toContain("'x'");
      expect(message).not.toContain('hunter2');
    }
    expect(refusalOf(() => numberField(request('hunter2'), 'x')).message).not.toContain('hunter2');
  });
});

test('what may be absent is absent, and what may not is refused', () => {
  const nothing = request(undefined);
  expect(numberField(nothing, 'x')).toBeUndefined();
  expect(wholeField(nothing, 'x')).toBeUndefined();
  expect(spanField(nothing, 'x', 1)).toBeUndefined();
  expect(flagField(nothing, 'x')).toBe(false);
  expect(identityField(nothing)).toEqual({});
  expect(purposeField(nothing)).toEqual({});
  for (const read of [textField, (from: Request, x: string) => nameField(from, x, limits(8))]) {
    expect(refusalOf(() => read(nothing, 'x')).code).toBe('bad_request');
  }
});

test('a name is bounded in bytes, not in characters', () => {
  expect(nameField(request('€€'), 'x', limits(6))).toBe('€€');
  expect(refusalOf(() => nameField(request('€€'), 'x', limits(5))).code).toBe('too_large');
});

test('a span has both its bounds, and is never rounded into them', () => {
  for (const ms of [100, 100.5, MAX_DURATION_MS]) expect(spanField(request(ms), 'x', 100)).toBe(ms);
  expect(spanField(request(0), 'x', 0)).toBe(0);
  for (const ms of [0, -1, 99.999, MAX_DURATION_MS + 1, Infinity, Number.NaN]) {
    expect(refusalOf(() => spanField(request(ms), 'x', 100)).code).toBe('bad_request');
  }
});

test('a whole number is one that is exact', () => {
  expect(wholeField(request(2 ** 53 - 1), 'x')).toBe(2 ** 53 - 1);
  expect(refusalOf(() => wholeField(request(2 ** 53), 'x')).code).toBe('bad_request');
});

describe('labels', () => {
  test('of an identity and a purpose are taken, and nothing else', () => {
    const identity = { runner: 'vitest', worker: '3', pid: 7, secret: 'hunter2' };
    expect(identityField({ action: 'auth', identity })).toEqual({
      runner: 'vitest',
      worker: '3',
      pid: 7,
    });
    const purpose = { file: 'a.test.ts', test: 'buys', token: 'hunter2' };
    expect(purposeField({ action: 'lease', purpose })).toEqual({ file: 'a.test.ts', test: 'buys' });
  });

  test('of the wrong kind are left out: they explain, and refuse nobody', () => {
    const identity = { runner: 5, worker: null, pid: '7' };
    expect(identityField({ action: 'auth', identity })).toEqual({});
    expect(purposeField({ action: 'lease', purpose: { test: ['x'] } })).toEqual({});
  });

  test('are cut: the journal keeps many', () => {
    const { test: cut } = purposeField({ action: 'lease', purpose: { test: 'x'.repeat(10_000) } });
    expect(cut).toBe(`${'x'.repeat(299)}…`);
    const whole = 'x'.repeat(300);
    expect(purposeField({ action: 'lease', purpose: { test: whole } }).test).toBe(whole);
  });

  test('cut within a pair of surrogates stay text that can be written', () => {
    const { test: cut } = purposeField({ action: 'lease', purpose: { test: '👍'.repeat(200) } });
    expect(Buffer.from(cut!).toString()).toBe(cut);
  });

  test.each([
    ['text', 'me'],
    ['null', null],
    ['number', 5],
  ])('in no object (%s) are refused', (_, given) => {
    expect(refusalOf(() => identityField({ action: 'auth', identity: given })).code).toBe(
      'bad_request',
    );
    expect(refusalOf(() => purposeField({ action: 'lease', purpose: given })).code).toBe(
      'bad_request',
    );
  });
});
