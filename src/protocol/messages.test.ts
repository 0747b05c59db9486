import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokerError, type ErrorCode } from './errors.ts';
import type { Json } from './json.ts';
import { errorLine, errorOf, eventLine, okLine, type Reply, wireError } from './messages.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('__proto__'));
/** Without -0, which JSON writes as 0. */
const anyValue = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
const anyId = fc.option(fc.oneof(fc.integer(), anyText), { nil: undefined });

/** The one message of the line. */
function parse(line: string): unknown {
  expect(line.indexOf('\n'), 'its only line break is its last character').toBe(line.length - 1);
  return JSON.parse(line);
}

describe('lines made by joining texts', () => {
  test('say the id, the key and the value that were put in, whatever they hold', () => {
    fc.assert(
      fc.property(anyId, anyText, anyValue, (id, key, value) => {
        const idText = id === undefined ? undefined : JSON.stringify(id);
        const fields = `,"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}`;
        const head = id === undefined ? {} : { id };
        expect(parse(okLine(idText, fields))).toStrictEqual({ ...head, ok: true, key, value });
        expect(parse(okLine(idText))).toStrictEqual({ ...head, ok: true });
      }),
    );
  });

  test('begin with the id, so that a reader may look for it there', () => {
    expect(okLine('7', ',"value":1')).toBe('{"id":7,"ok":true,"value":1}\n');
    expect(okLine(undefined)).toBe('{"ok":true}\n');
    expect(errorLine('"a"', new BrokerError('not_found', 'No.'))).toBe(
      '{"id":"a","ok":false,"error":"not_found","message":"No.","details":{}}\n',
    );
  });

  test('an event is a line', () => {
    expect(parse(eventLine({ event: 'lease_lost', lease: 'a\n"#1', reason: 'expired' }))).toEqual({
      event: 'lease_lost',
      lease: 'a\n"#1',
      reason: 'expired',
    });
    expect(parse(eventLine({ event: 'goodbye' }))).toEqual({ event: 'goodbye' });
  });
});

describe('an error on the wire', () => {
  test('arrives with the code, message and details that it left with', () => {
    const code = fc.constantFrom<ErrorCode>('not_found', 'wait_timeout', 'internal');
    fc.assert(
      fc.property(anyId, code, anyText, fc.dictionary(anyText, anyValue), (id, ...rest) => {
        const sent = new BrokerError(...rest);
        const line = errorLine(id === undefined ? undefined : JSON.stringify(id), sent);
        const reply = parse(line) as Reply;
        expect(reply.ok).toBe(false);
        expect(reply.id).toEqual(id);
        const got = errorOf(reply);
        expect(got).toBeInstanceOf(BrokerError);
        expect(got.code).toBe(sent.code);
        expect(got.message).toBe(sent.message);
        expect(JSON.stringify(got.details)).toBe(JSON.stringify(sent.details));
      }),
    );
  });

  test('is made from whatever the reply holds: a client does not die of it', () => {
    fc.assert(
      fc.property(anyValue, anyValue, anyValue, (error, message, details) => {
        const got = errorOf({ ok: false, error, message, details } as Reply);
        expect(got).toBeInstanceOf(BrokerError);
        expect(typeof got.code).toBe('string');
        expect(typeof got.message).toBe('string');
        expect(typeof got.details).toBe('object');
      }),
    );
    expect(errorOf({ ok: false })).toMatchObject({
      code: 'internal',
      message: 'The broker gave no message.',
      details: {},
    });
    expect(errorOf({ ok: false, error: 5, message: 5, details: null } as never)).toMatchObject({
      code: 'internal',
      message: 'The broker gave no message.',
      details: {},
    });
  });
});

describe('anything thrown', () => {
  test('that is ours goes out as it is', () => {
    const error = new BrokerError('exists', 'The key is set.', { key: 'k' });
    expect(wireError(error)).toBe(error);
  });

  test('that is not ours says its kind and nothing more: its message may hold a value', () => {
    for (const [thrown, kind] of [
      [new TypeError('bad token hunter2'), 'TypeError'],
      ['hunter2', 'unknown'],
      [{ message: 'hunter2' }, 'unknown'],
      [undefined, 'unknown'],
      [null, 'unknown'],
    ]) {
      const error = wireError(thrown);
      expect(error.code).toBe('internal');
      expect(error.message).toBe(`The broker failed on this request (${kind}).`);
      expect(errorLine('1', error)).not.toContain('hunter2');
    }
  });
});
