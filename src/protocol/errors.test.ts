import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { transformSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type * as errors from './errors.ts';
import {
  BrokerError,
  badOption,
  brokerGone,
  closed,
  kindOf,
  nearest,
  notJson,
  printable,
  quoted,
  unknownPool,
} from './errors.ts';

type Module = typeof errors;

/** The module evaluated in a realm of its own, as Jest evaluates what tests import. */
function inAnotherRealm(): Module {
  const source = readFileSync(new URL('./errors.ts', import.meta.url), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs' });
  const module = { exports: {} };
  vm.runInNewContext(`(function (module) { ${code}\n})`)(module);
  return module.exports as Module;
}

describe('the brand', () => {
  test('instanceof holds across a second evaluation of the module', async () => {
    vi.resetModules();
    const again: Module = await import('./errors.ts');
    expect(again.BrokerError).not.toBe(BrokerError);
    expect(new again.BrokerError('closed', 'x')).toBeInstanceOf(BrokerError);
    expect(new BrokerError('closed', 'x')).toBeInstanceOf(again.BrokerError);
  });

  test('instanceof holds across realms, both ways', () => {
    const foreign = inAnotherRealm();
    const error = new foreign.BrokerError('not_found', 'x', { a: 1 });
    expect(error instanceof Error, 'it is of another realm').toBe(false);
    expect(error).toBeInstanceOf(BrokerError);
    expect(new BrokerError('closed', 'x') instanceof foreign.BrokerError).toBe(true);
    expect(error.code).toBe('not_found');
  });

  test.each([null, undefined, 'BrokerError', 5, {}, { code: 'closed' }, new Error('x'), () => {}])(
    '%o is no BrokerError',
    (value) => {
      expect((value as unknown) instanceof BrokerError).toBe(false);
    },
  );

  test('it does not show in printed or copied errors', () => {
    const error = new BrokerError('closed', 'x');
    expect(Object.keys(error).sort()).toEqual(['code', 'details', 'name']);
    expect(Object.getOwnPropertySymbols({ ...error })).toEqual([]);
  });
});

describe('the error', () => {
  test('is an Error with a code, a name, and details that are empty unless given', () => {
    const error = new BrokerError('closed', 'Closed.');
    expect(error instanceof Error).toBe(true);
    expect(error).toMatchObject({ name: 'BrokerError', code: 'closed', details: {} });
    expect(String(error)).toBe('BrokerError: Closed.');
    expect(error.stack).toContain('errors.test.ts');
  });

  test('no control character, but line breaks, reaches its message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { message } = new BrokerError('internal', text);
        expect(message.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u,
        );
        expect(message.length).toBe(text.length);
      }),
    );
  });
});

describe('printable', () => {
  test('strips every control character and every mark that turns the direction', () => {
    const stripped: number[] = [];
    const expected: number[] = [];
    for (let code = 0; code <= 0xffff; code++) {
      const char = String.fromCharCode(code);
      if (printable(char) !== char) stripped.push(code);
      const turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
      const breaks = code === 0x2028 || code === 0x2029;
      if ((/\p{Cc}/u.test(char) && char !== '\n') || turns || breaks) expected.push(code);
    }
    expect(stripped).toEqual(expected);
    expect(printable('\0a\0')).toBe('�a�');
  });

  test('an escape sequence cannot reach a terminal', () => {
    expect(printable('\u001b[2J\u009b31m\u0007\r\b')).toBe('�[2J�31m���');
  });
});

describe('quoted', () => {
  test('a name is cut where it would drown the message', () => {
    expect(quoted('k'.repeat(80))).toBe(`'${'k'.repeat(80)}'`);
    expect(quoted('k'.repeat(81))).toBe(`'${'k'.repeat(77)}…'`);
  });

  test('a name cannot begin a line that would pass for one of ours', () => {
    const { message } = unknownPool('x\n::error::gone', ['y\n::error::gone']);
    expect(message).not.toContain('\n');
  });
});

describe('kindOf', () => {
  test.each([
    [null, 'null'],
    [[1], 'a list'],
    [5, 'the number 5'],
    [Number.NaN, 'the number NaN'],
    ['', 'an empty text'],
    ['hunter2', 'a text'],
    [undefined, 'nothing'],
    [{ a: 'hunter2' }, 'an object'],
    [true, 'a boolean'],
    [() => 'hunter2', 'a function'],
    [5n, 'a bigint'],
  ])('%o is told as its kind, never as itself', (value, kind) => {
    expect(kindOf(value)).toBe(kind);
    expect(badOption('ttl', 'a time', value).message).toBe(`ttl: expected a time, got ${kind}.`);
  });
});

describe('nearest', () => {
  /** By the definition: the recursion that the row algorithm computes. */
  function distance(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length;
    const change = a[0] === b[0] ? 0 : 1;
    return Math.min(
      distance(a.slice(1), b.slice(1)) + change,
      distance(a.slice(1), b) + 1,
      distance(a, b.slice(1)) + 1,
    );
  }

  test.each([
    ['acounts', 'accounts'],
    ['Accounts', 'accounts'],
    ['accountss', 'accounts'],
    ['port', 'ports'],
    ['ports-', 'ports'],
  ])('%s was meant as %s', (asked, name) => {
    expect(nearest(asked, ['other', name, 'more'])).toBe(name);
  });

  test('what is far from all is not guessed at', () => {
    expect(nearest('tenants', ['accounts', 'ports'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  test('it is the first of the nearest, and none beyond a third of what was asked', () => {
    const word = fc.stringMatching(/^[abc]{0,6}$/);
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 5 }), (asked, names) => {
        const most = Math.max(1, Math.floor(asked.length / 3));
        const near = names.filter((name) => distance(asked, name) <= most);
        near.sort((a, b) => distance(asked, a) - distance(asked, b));
        expect(nearest(asked, names)).toBe(near[0]);
      }),
    );
  });

  test('a name of a megabyte costs nothing: what cannot be near is not compared', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `pool-${i}`);
    expect(nearest('x'.repeat(1_000_000), names)).toBeUndefined();
  });
});

describe('messages name the remedy', () => {
  test('an unknown pool names the nearest', () => {
    const error = unknownPool('acounts', ['ports', 'accounts']);
    expect(error.message).toBe("There is no pool 'acounts'. Did you mean 'accounts'?");
    expect(error).toMatchObject({
      code: 'unknown_pool',
      details: { pool: 'acounts', nearest: 'accounts' },
    });
  });

  test('an unknown pool far from all names them, at most twenty', () => {
    expect(unknownPool('zzzz', ['ports', 'users']).message).toBe(
      "There is no pool 'zzzz'. There are: 'ports', 'users'.",
    );
    const many = Array.from({ length: 21 }, (_, i) => `accounts-${i}`);
    const error = unknownPool('zzzz', many);
    expect(error.message).toContain("'accounts-19', ….");
    expect(error.message).not.toContain('accounts-20');
    expect(error.details).toEqual({ pool: 'zzzz' });
    expect(unknownPool('zzzz', many.slice(1)).message).toMatch(/'accounts-20'\.$/);
  });

  test('an unknown pool, where there are none, says where to add it, be the config empty or missing', () => {
    expect(unknownPool('x', []).message).toBe(
      "There is no pool 'x'. The broker was started without pools: its config names none, or there is no broker.config.mjs (or .ts, .js, .cjs, .json) in the root of the run or above. Name it there, under `pools`.",
    );
  });

  test('a closed client names connect(), a lost broker where to look', () => {
    expect(closed()).toMatchObject({ code: 'closed' });
    expect(closed().message).toContain('connect()');
    expect(brokerGone('/run/x.sock', 'reset')).toMatchObject({
      code: 'broker_gone',
      details: { pipe: '/run/x.sock' },
    });
    expect(brokerGone('/run/x.sock', 'reset').message).toContain('/run/x.sock is gone (reset)');
  });

  test('a value that JSON would lose names its place and how to convert it', () => {
    expect(notJson('The value', '.a', 'a Date').message).toMatch(/at \.a it holds a Date\..*toISO/);
  });
});
