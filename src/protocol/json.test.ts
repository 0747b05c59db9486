import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokerError } from './errors.ts';
import { jsonText } from './json.ts';

const DEPTH = 64;
const text = (value: unknown, depth = DEPTH): string => jsonText(value, 'The value', depth);

/** The error of a value that must be refused. */
function refusal(value: unknown, depth = DEPTH): BrokerError {
  try {
    text(value, depth);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** `depth` lists, one in the other. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

class Account {
  name = 'alice';
}

const withNames = Object.assign([1], { index: 0 });

/** What JSON would drop or change in silence, and the word for it. */
const lossy: [what: string, value: unknown, found: string][] = [
  ['undefined', undefined, 'undefined'],
  ['a function', () => {}, 'a function'],
  ['a class', Account, 'a function'],
  ['a symbol', Symbol('s'), 'a symbol'],
  ['a BigInt', 1n, 'a bigint'],
  ['NaN', Number.NaN, 'NaN'],
  ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
  ['minus infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['a Date', new Date(0), 'a Date'],
  ['a Map', new Map([[1, 2]]), 'a Map'],
  ['a Set', new Set([1]), 'a Set'],
  ['a RegExp', /x/, 'a RegExp'],
  ['an Error', new Error('x'), 'a Error'],
  ['a Buffer', Buffer.from('x'), 'a Buffer'],
  ['a typed array', new Float64Array(1), 'a Float64Array'],
  ['a promise', Promise.resolve(1), 'a Promise'],
  ['a boxed number', Object(1), 'a Number'],
  ['a boxed text', Object('x'), 'a String'],
  ['a class instance', new Account(), 'a Account'],
  ['an object that inherits values', Object.create({ a: 1 }), 'an object with toJSON'],
  ['an object with toJSON', { toJSON: () => 1 }, 'an object with toJSON'],
  ['an object without prototype, with toJSON', nullWith('toJSON'), 'an object with toJSON'],
  ['a list with toJSON', Object.assign([1], { toJSON: () => 2 }), 'a list with toJSON'],
  ['a list with named properties', withNames, 'a list with named properties'],
  ['the result of a match', 'abc'.match(/b/), 'a list with named properties'],
  ['a symbol key', { [Symbol('s')]: 1 }, 'a key that is a symbol'],
];

function nullWith(key: string): unknown {
  const value = Object.create(null);
  value[key] = () => 1;
  return value;
}

describe('what JSON would lose is refused', () => {
  test.each(lossy)('%s', (_, value, found) => {
    const error = refusal({ list: [null, value] });
    expect(error.code).toBe('not_json');
    expect(error.message).toContain(`at .list[1] it holds ${found}.`);
    expect(error.details).toEqual({ path: '.list[1]' });
  });

  test('at the root, the root is named', () => {
    const error = refusal(undefined);
    expect(error.message).toContain('The value would not survive JSON: at its root it holds undef');
    expect(error.details).toEqual({ path: '' });
  });

  test('a hole in a list is refused with its place', () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point
    expect(refusal([1, , 3]).details).toEqual({ path: '[1]' });
  });

  test('wherever it is, its path is told', () => {
    const step = fc.oneof(fc.nat(3), fc.stringMatching(/^[a-z]{1,3}$/));
    const bad = fc.constantFrom(...lossy.map(([, value]) => value));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), bad, (steps, culprit) => {
        const value = steps.reduceRight<unknown>(
          (inner, at) =>
            typeof at === 'number' ? [...Array(at).fill('ok'), inner] : { ok: null, [at]: inner },
          culprit,
        );
        const path = steps.map((at) => (typeof at === 'number' ? `[${at}]` : `.${at}`)).join('');
        expect(refusal(value).details).toEqual({ path });
      }),
    );
  });

  test('the message never holds the value, not even as the name of a made-up class', () => {
    const secret = { constructor: { name: 'hunter2' }, toJSON: () => 'hunter2', a: 'hunter2' };
    expect(JSON.stringify([refusal(secret).message, refusal(secret).details])).not.toContain(
      'hunt',
    );
    expect(refusal({ a: () => 'hunter2' }).message).not.toContain('hunter2');
  });
});

describe('what survives is taken', () => {
  test('any JSON value comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (any) => {
        const value = JSON.parse(JSON.stringify(any)); // without -0
        expect(JSON.parse(text(value))).toStrictEqual(value);
        expect(text(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('a __proto__ key survives, and sets no prototype', () => {
    const value = JSON.parse('{"a":{"__proto__":{"x":1}}}');
    expect(text(value)).toBe('{"a":{"__proto__":{"x":1}}}');
    expect(Object.getPrototypeOf(JSON.parse(text(value)).a)).toBe(Object.prototype);
    expect(refusal(JSON.parse('{"a":{"__proto__":1e999}}')).details).toEqual({
      path: '.a.__proto__',
    });
  });

  test('the key toJSON is a key like others while it holds no function', () => {
    expect(text({ toJSON: 1 })).toBe('{"toJSON":1}');
    expect(text({ constructor: 1, hasOwnProperty: 2 })).toBe(
      '{"constructor":1,"hasOwnProperty":2}',
    );
  });

  test('what has no text in the end is refused: its toJSON came after it was looked at', () => {
    let reads = 0;
    const nothing = () => undefined;
    const shifty = Object.defineProperty([1], 'toJSON', {
      get: () => (reads++ === 0 ? undefined : nothing),
    });
    expect(() => jsonText(shifty, 'It', 5)).toThrow(
      'It would not survive JSON: at its root it holds what changes while it is read',
    );
  });

  test('an object without prototype is plain', () => {
    expect(text(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  test('texts with line breaks and half characters stay on one line and come back', () => {
    const value = 'a\nb\r\u2028\ud800"\\';
    expect(text(value)).not.toContain('\n');
    expect(JSON.parse(text(value))).toBe(value);
  });

  test('the one change that is let through: -0 becomes 0', () => {
    expect(text([-0])).toBe('[0]');
  });

  test('the same object twice is no cycle', () => {
    const shared = { a: 1 };
    expect(text([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });
});

describe('values of another realm', () => {
  const realm = vm.createContext({});
  const inRealm = (source: string): unknown => vm.runInContext(source, realm);

  test('plain objects and lists are taken', () => {
    const value = inRealm(
      '({ a: [1, { b: null }], c: Object.assign(Object.create(null), { d: 1 }) })',
    );
    expect(Object.getPrototypeOf(value)).not.toBe(Object.prototype);
    expect(text(value)).toBe('{"a":[1,{"b":null}],"c":{"d":1}}');
  });

  test.each([
    ['new Date(0)', 'a Date'],
    ['new Map()', 'a Map'],
    ['new (class Account {})()', 'a Account'],
    ['Object.create({ a: 1 })', 'an object with toJSON'],
    ['Object.assign([], { index: 1 })', 'a list with named properties'],
  ])('%s is refused', (source, found) => {
    const error = refusal({ x: inRealm(source) });
    expect(error.details).toEqual({ path: '.x' });
    expect(error.message).toContain(`it holds ${found}.`);
  });
});

describe('depth', () => {
  test('is taken up to the cap and refused beyond it', () => {
    expect(text(nested(DEPTH))).toBe(JSON.stringify(nested(DEPTH)));
    expect(refusal(nested(DEPTH + 1)).code).toBe('too_large');
    expect(text('flat', 0)).toBe('"flat"');
    expect(refusal({}, 0).code).toBe('too_large');
  });

  test('a value that contains itself is refused, not walked for ever', () => {
    const list: unknown[] = [];
    list.push(list, list);
    const object: Record<string, unknown> = {};
    object.self = { list: [object] };
    for (const value of [list, object]) {
      const error = refusal(value);
      expect(error.code).toBe('too_large');
      expect(error.message).toContain('The value is nested too deeply (or contains itself)');
    }
  });

  test('what a line can hold and a number cannot is refused, not kept as null', () => {
    expect(refusal(JSON.parse('{"a":[1e400]}')).code).toBe('not_json');
  });

  test('a bomb of brackets is refused without a walk to its bottom', () => {
    const bomb = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(refusal(bomb).code).toBe('too_large');
    expect(refusal({ a: { b: bomb } }).code).toBe('too_large');
  });

  test('null, texts and numbers have no depth', () => {
    for (const value of [null, 'text', 1, true]) expect(text(value, 0)).toBe(JSON.stringify(value));
  });
});
