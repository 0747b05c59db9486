import type { Json } from './json.ts';
import type { Limits } from './limits.ts';

/**
 * Every code of an error, the same on the wire and as `error.code`; docs/errors.md has a heading for
 * each. One with a slash is of a plugin: its name, and what it says.
 */
export type ErrorCode =
  | `${string}/${string}`
  | 'action_failed'
  | 'auth_failed'
  | 'auth_required'
  | 'bad_address'
  | 'bad_config'
  | 'bad_journal'
  | 'bad_line'
  | 'bad_option'
  | 'bad_params'
  | 'bad_request'
  | 'barrier_broken'
  | 'broker_gone'
  | 'broker_unresponsive'
  | 'cancelled'
  | 'closed'
  | 'config_mismatch'
  | 'deadlock'
  | 'exists'
  | 'internal'
  | 'lease_lost'
  | 'middleware_failed'
  | 'no_broker'
  | 'no_provider'
  | 'not_found'
  | 'not_holder'
  | 'not_json'
  | 'once_failed'
  | 'provider_failed'
  | 'several_brokers'
  | 'stopping'
  | 'store_full'
  | 'too_large'
  | 'too_many'
  | 'ttl_required'
  | 'unknown_action'
  | 'unknown_pool'
  | 'unsatisfiable'
  | 'unsupported_version'
  | 'version_mismatch'
  | 'wait_timeout'
  | 'wrong_type';

export type ErrorDetails = { [key: string]: Json };

const BRAND = Symbol.for('ephemeral-broker.error');

/**
 * The one error class. `code` is from a closed set; `details` holds the facts of the message for
 * programs. Neither ever holds a value or a secret.
 *
 * `instanceof` goes by a brand, not by the class: a test runner may evaluate this module several
 * times, each in a realm of its own.
 */
export class BrokerError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(printable(message));
    this.name = 'BrokerError';
    this.code = code;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return BRAND in Object(value);
    } catch {
      // A proxy that was revoked, say.
      return false;
    }
  }
}

/** Text that can be printed: names come from outside, and control characters in them could drive a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�');
}

/** To stderr, by the means of the process: who embeds us can silence or collect it. */
export const warn = (message: string): void =>
  process.emitWarning(printable(`ephemeral-broker: ${message}`));

/** Anything can be thrown, also what cannot be read. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  try {
    return `${(Object(error) as Partial<Error>).message ?? 'no error'}`;
  } catch {
    return 'no error that can be read';
  }
}

/** A name for the middle of a message: a line break in it could pass for a line of ours. */
export const oneLine = (name: string): string => name.replace(/\n/g, '�');

/** The name in quotes, cut where it would drown the message. */
export const quoted = (name: string): string =>
  `'${oneLine(name.length > 80 ? `${name.slice(0, 77).replace(/[\ud800-\udbff]$/, '')}…` : name)}'`;

/** What kind of thing was given, never the thing itself: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Of `names`, the nearest to what was asked for, if it is near enough to have been meant. */
export function nearest(asked: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - asked.length) >= bestDistance) continue;
    const distance = editDistance(asked.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, by the row-at-a-time algorithm of Wagner and Fischer (1974). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** What to do about a name that there is none of, to go behind what says so: ` Did you mean 'x'?`, or else what is given for that. */
export function didYouMean(asked: string, names: Iterable<string>, otherwise = ''): string {
  const near = nearest(asked, names);
  if (near !== undefined) return ` Did you mean ${quoted(near)}?`;
  return otherwise && ` ${otherwise}`;
}

export const badOption = (name: string, expected: string, given: unknown): BrokerError =>
  new BrokerError('bad_option', `${name}: expected ${expected}, got ${kindOf(given)}.`, { name });

export const badRequest = (message: string): BrokerError => new BrokerError('bad_request', message);

export const notJson = (what: string, path: string, found: string): BrokerError =>
  new BrokerError(
    'not_json',
    `${what} would not survive JSON: at ${path === '' ? 'its root' : path} it holds ${found}. Values are JSON: null, booleans, finite numbers, texts, lists and plain objects. Convert it first (a Date with toISOString(), a Map with Object.fromEntries()).`,
    { path },
  );

export const tooLarge = (what: string, details: ErrorDetails = {}): BrokerError =>
  new BrokerError('too_large', `${what}.`, details);

/** A cap is reached: `what` says by how much, `limit` is the name of the cap. */
export const tooMany = (what: string, limit: keyof Limits, limits: Limits): BrokerError =>
  new BrokerError('too_many', `${what} (limit ${limit}: ${limits[limit]}).`, {
    [limit]: limits[limit],
  });

/** With the nearest of `names`, and all of them where they are few. */
export function unknownPool(asked: string, names: string[]): BrokerError {
  const near = nearest(asked, names);
  const remedy =
    names.length === 0
      ? 'The broker was started without pools: its config names none, or there is no broker.config.mjs (or .ts, .js, .cjs, .json) in the root of the run or above. Name it there, under `pools`.'
      : `There are: ${names.slice(0, 20).map(quoted).join(', ')}${names.length > 20 ? ', …' : ''}.`;
  const message = `There is no pool ${quoted(asked)}.${didYouMean(asked, names, remedy)}`;
  return new BrokerError('unknown_pool', message, {
    pool: asked,
    ...(near ? { nearest: near } : {}),
  });
}

export const stopping = (): BrokerError =>
  new BrokerError('stopping', 'The broker is stopping: nothing new begins.');

export const cancelled = (): BrokerError => new BrokerError('cancelled', 'The wait was cancelled.');

export const closed = (): BrokerError =>
  new BrokerError('closed', 'This client was closed; call connect() for a new one.');

export const brokerGone = (pipe: string, why: string): BrokerError =>
  new BrokerError(
    'broker_gone',
    `The broker at ${pipe} is gone (${why}). Its values and leases went with it. It lives in the process that started it, usually the test runner's main process: see how that ended.`,
    { pipe },
  );
