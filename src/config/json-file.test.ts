import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { jsonFault, parseJson } from './json-file.ts';

/** Whether JSON.parse takes it. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a fault', () => {
  test.each<[string, number, string]>([
    ['', 0, 'a value'],
    ['{"a": 1,}', 8, 'a key in double quotes'],
    ['[1,]', 3, 'a value'],
    ['[1 2]', 3, "',' or the closing bracket"],
    ['{"a" 1}', 5, "':'"],
    ['{"a":}', 5, 'a value'],
    ["{'a': 1}", 1, "a key in double quotes or '}'"],
    ['{a: 1}', 1, "a key in double quotes or '}'"],
    ['[1}', 2, "',' or the closing bracket"],
    ['{"a":1]', 6, "',' or the closing bracket"],
    ['[', 1, "a value or ']'"],
    ['[1', 2, "',' or the closing bracket"],
    ['// no\n{}', 0, 'a value'],
    ['{} {}', 3, 'the end of the file'],
    ['{}]', 2, 'the end of the file'],
    ['"a\nb"', 0, 'a value'],
    ['"\\x"', 0, 'a value'],
    ['01', 1, 'the end of the file'],
    ['[NaN]', 1, "a value or ']'"],
    ['{"a":1,"b":{"a":1},"a":2}', 19, 'a key that this object does not have yet'],
    ['{"a":1,"\\u0061":2}', 7, 'a key that this object does not have yet'],
  ])('of %j is at %i', (text, at, expected) => {
    expect(jsonFault(text)).toEqual({ at, expected });
  });

  test('is found in exactly the texts that are no JSON', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.constantFrom(...'{}[],:"\\ 0-e1tn\n', ''),
    );
    fc.assert(
      fc.property(fc.json(), fc.array(edit, { maxLength: 3 }), (json, edits) => {
        const text = edits.reduce((before, [place, cut, put]) => {
          const at = place % (before.length + 1);
          return before.slice(0, at) + put + before.slice(at + cut);
        }, json);
        const fault = jsonFault(text);
        if (fault?.expected.startsWith('a key that')) return;
        expect(fault === undefined).toBe(isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is found in long and deep texts too, without a stack of its own', () => {
    expect(jsonFault(`"${'x'.repeat(3_000_000)}`)).toMatchObject({ at: 0 });
    expect(jsonFault('['.repeat(300_000))).toMatchObject({ at: 300_000 });
  });
});

describe('a JSON file', () => {
  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseJson('file', json)).toEqual(JSON.parse(json));
      }),
    );
  });

  test('may begin with a byte order mark', () => {
    expect(parseJson('file', '\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  test('that is none has its file, line and column told, and nothing of its text', () => {
    const parse = () => parseJson('/repo/broker.config.json', '{\n  "pin": hunter2\n}');
    expect(parse).toThrow(BrokerError);
    expect(parse).toThrow('/repo/broker.config.json: line 2, column 10: expected a value.');
    expect(parse).not.toThrow('hunter2');
  });
});
