import { MAX_POOL_SIZE } from '../config/pools.ts';
import type { Wish } from '../core/waiters.ts';
import { MAX_DURATION_MS } from '../protocol/duration.ts';
import { badRequest, didYouMean, kindOf, quoted, tooLarge } from '../protocol/errors.ts';
import { type Json, jsonText } from '../protocol/json.ts';
import { type Limits, MAX_FILTER_PARTS, MAX_LABEL, MAX_SCOPES } from '../protocol/limits.ts';
import type { Identity, Purpose, Request } from '../protocol/messages.ts';

const wrong = (name: string, expected: string, given: unknown) =>
  badRequest(`The field ${quoted(name)} must be ${expected}, not ${kindOf(given)}.`);

export function textField(request: Request, name: string): string {
  const given = request[name];
  if (typeof given !== 'string') throw wrong(name, 'a text', given);
  // Half a surrogate pair has no UTF-8: what echoes it could not be read by everyone.
  if (!given.isWellFormed()) throw wrong(name, 'well-formed Unicode', given);
  return given;
}

/** The name of a thing that is made on demand: bounded, since the name is what it costs. */
export function nameField(request: Request, name: string, { maxKeyBytes }: Limits): string {
  const given = textField(request, name);
  if (given === '') throw wrong(name, 'a name', given);
  if (Buffer.byteLength(given) > maxKeyBytes) {
    throw tooLarge(`The field ${quoted(name)} has more than ${maxKeyBytes} bytes (maxKeyBytes)`);
  }
  return given;
}

export function numberField(request: Request, name: string): number | undefined {
  const given = request[name];
  if (given === undefined || Number.isFinite(given)) return given as number | undefined;
  throw wrong(name, 'a number', given);
}

export function wholeField(request: Request, name: string): number | undefined {
  const given = request[name];
  if (given === undefined || Number.isSafeInteger(given)) return given as number | undefined;
  throw wrong(name, 'a whole number', given);
}

/** Of things of which there are no more than a pool may have. */
export function countField(request: Request, name: string): number | undefined {
  const count = wholeField(request, name);
  if (count !== undefined && (count < 1 || count > MAX_POOL_SIZE)) throw wrongCount(name);
  return count;
}

export function neededCount(request: Request, name: string): number {
  const count = countField(request, name);
  if (count !== undefined) return count;
  throw wrongCount(name);
}

const wrongCount = (name: string) =>
  badRequest(`The field ${quoted(name)} must be a whole number from 1 to ${MAX_POOL_SIZE}.`);

export function flagField(request: Request, name: string): boolean {
  const given = request[name];
  if (given === undefined || typeof given === 'boolean') return given === true;
  throw wrong(name, 'true or false', given);
}

/**
 * Refuses fields of other names: one that a caller relies on, misspelt or of a later version, must
 * not be ignored where the wrong resource would be handed out.
 */
export function noOtherFields(
  request: Request,
  names: ReadonlySet<string>,
  action = request.action,
): void {
  for (const name in request) {
    if (names.has(name)) continue;
    throw badRequest(`${action} has no field ${quoted(name)}.${didYouMean(name, names)}`);
  }
}

/** A span in milliseconds. */
export function spanField(request: Request, name: string, minMs: number): number | undefined {
  const given = request[name];
  if (given === undefined) return undefined;
  if (typeof given === 'number' && given >= minMs && given <= MAX_DURATION_MS) return given;
  throw wrong(name, `a number of milliseconds from ${minMs} to ${MAX_DURATION_MS}`, given);
}

export function identityField(request: Request): Identity {
  const given = recordField(request, 'identity');
  const { pid } = given;
  return {
    ...labels(given, 'runner', 'worker'),
    ...(Number.isSafeInteger(pid) ? { pid: pid as number } : {}),
  };
}

export const purposeField = (request: Request): Purpose =>
  labels(recordField(request, 'purpose'), 'file', 'test');

const NOTHING = {};

export function recordField(request: Request, name: string): Record<string, unknown> {
  const given = request[name];
  return given === undefined ? NOTHING : recordIn(given, name);
}

export function recordIn(given: unknown, name: string): Record<string, unknown> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given))
    return given as Record<string, unknown>;
  throw wrong(name, 'an object', given);
}

/** One of a few words. */
export function choiceField<Choice extends string>(
  request: Request,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const given = request[name];
  if (given === undefined || choices.includes(given as Choice)) return given as Choice | undefined;
  throw wrong(name, choices.map(quoted).join(' or '), given);
}

/** A pattern of values: any JSON, within what a value may be. */
export function filterField(request: Request, name: string, limits: Limits): Json | undefined {
  const given = request[name];
  if (given === undefined) return undefined;
  const bytes = Buffer.byteLength(jsonText(given, `The field ${quoted(name)}`, limits.maxDepth));
  if (bytes > limits.maxValueBytes) {
    throw tooLarge(
      `The field ${quoted(name)} has ${bytes} bytes, above maxValueBytes (${limits.maxValueBytes})`,
    );
  }
  if (partsOf(given as Json) > MAX_FILTER_PARTS) {
    throw tooLarge(`The field ${quoted(name)} has more than ${MAX_FILTER_PARTS} parts`);
  }
  return given as Json;
}

/** Itself, and all that is in it. */
function partsOf(json: Json): number {
  if (typeof json !== 'object' || json === null) return 1;
  return Object.values(json).reduce<number>((sum, each) => sum + partsOf(each), 1);
}

/** The scopes that enclose a request, innermost first, and the one with which its lease ends. */
export function scopeFields(request: Request): Pick<Wish, 'within' | 'until' | 'early'> {
  const { within, until } = request;
  const early = flagField(request, 'early');
  if (within === undefined && until === undefined) return NOTHING;
  const named = (id: unknown) => typeof id === 'string' && id !== '' && id.length <= MAX_LABEL;
  if (!Array.isArray(within) || within.length > MAX_SCOPES || !within.every(named)) {
    throw badRequest(`The field 'within' must be a list of at most ${MAX_SCOPES} names of scopes.`);
  }
  if (until !== undefined && !within.includes(until)) {
    throw badRequest("The field 'until' must be one of those in 'within'.");
  }
  return {
    within: [...new Set(within as string[])],
    until: until as string | undefined,
    early,
  };
}

/** A reason for the journal. */
export function whyField(request: Request): string | undefined {
  return request.why === undefined ? undefined : label(textField(request, 'why'));
}

function labels<K extends string>(
  from: Record<string, unknown>,
  ...names: K[]
): { [N in K]?: string } {
  if (from === NOTHING) return NOTHING;
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const given = from[name];
    if (typeof given === 'string') found[name] = label(given);
  }
  return found;
}

/** Cut, and copied: a part of a long text would keep the whole of it in memory. */
const label = (text: string): string =>
  text.length <= MAX_LABEL ? text : `${Buffer.from(text.slice(0, MAX_LABEL - 1)).toString()}…`;
