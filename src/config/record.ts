import { kindOf } from '../protocol/errors.ts';

/** Entries by name, as an object literal or JSON gives them. */
export type Entries = { readonly [name: string]: unknown };

/**
 * Whether `value` is plain, in any realm. An object whose prototype was set is not: `__proto__:` in
 * a literal does that, and what was meant as an entry would be lost in silence.
 */
export function isRecord(value: unknown): value is Entries {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype, 'isPrototypeOf');
}

/** What kind of thing was found where a record or a plain value was expected; never the thing itself. */
export function foundKind(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRecord(value)) {
    return kindOf(value);
  }
  // Only of a real class: a `constructor` that somebody set could hold a value.
  const name = typeof value.constructor === 'function' ? value.constructor.name : '';
  return `an object that inherits from ${name === '' || name === 'Object' ? 'another' : name}`;
}
