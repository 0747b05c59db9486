import { notJson, tooLarge } from './errors.ts';

/** What a value may be. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `T` where JSON keeps it whole, `never` in every place where it would be lost. */
export type JsonCompatible<T> = T extends null | boolean | number | string
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends bigint | symbol | undefined
      ? never
      : T extends object
        ? { [K in keyof T]: JsonCompatible<T[K]> }
        : never;

/**
 * The JSON text of `value`, which must survive the round trip whole: what JSON would drop or change
 * in silence (functions, `undefined`, BigInt, NaN, Date, Map, class instances, symbol keys, named
 * properties of lists, cycles) is refused; so is what JSON can write and no number holds (1e400). Only `-0` is let through, as 0, and what is not enumerable.
 *
 * @throws BrokerError `not_json` with the path of the offending part, `too_large` when nested deeper than `maxDepth`.
 */
export function jsonText(value: unknown, what: string, maxDepth: number): string {
  check(value, what, '', maxDepth);
  // Of what has getters it may be none all the same, and would end a line of the wire as such.
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw notJson(what, '', 'what changes while it is read');
  return text;
}

function check(value: unknown, what: string, path: string, depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      throw notJson(what, path, String(value));
    case 'object':
      if (value === null) return;
      if (depth === 0) throw tooLarge(`${what} is nested too deeply (or contains itself)`);
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
        throw notJson(what, path, kindOf(value));
      }
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) check(value[i], what, `${path}[${i}]`, depth - 1);
        if (Object.keys(value).length > value.length) {
          throw notJson(what, path, 'a list with named properties');
        }
        return;
      }
      if (!isPlain(value)) throw notJson(what, path, kindOf(value));
      if (Object.getOwnPropertySymbols(value).length > 0) {
        throw notJson(what, path, 'a key that is a symbol');
      }
      for (const key of Object.keys(value)) {
        check((value as Record<string, unknown>)[key], what, `${path}.${key}`, depth - 1);
      }
      return;
    default:
      throw notJson(what, path, value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

/** Plain in any realm: test runners evaluate tests in realms of their own, so `Object.prototype` cannot be compared. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The class, where it is a real one: a `constructor` that somebody set could hold a value. */
function kindOf(value: object): string {
  const maker = value.constructor;
  const name = typeof maker === 'function' ? maker.name : '';
  if (name === 'Array') return 'a list with toJSON';
  return name === '' || name === 'Object' ? 'an object with toJSON' : `a ${name}`;
}
