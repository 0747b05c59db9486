import type { Json } from '../protocol/json.ts';

/**
 * Whether a value is like the pattern: an object asks for its own keys only, a list for any of its
 * patterns, anything else for the very same. A list in the value is like what one of its items is like.
 */
export function matches(pattern: Json, value: Json | undefined): boolean {
  if (Array.isArray(pattern)) return pattern.some((each) => matches(each, value));
  if (Array.isArray(value)) return value.some((each) => matches(pattern, each));
  if (typeof pattern !== 'object' || pattern === null) return pattern === value;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(pattern).every(
    ([key, each]) => Object.hasOwn(value, key) && matches(each, value[key]),
  );
}
