import { MAX_POOL_SIZE, PREFERENCES } from '../config/pools.ts';
import { badOption, quoted } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import { DEFAULT_LIMITS, MAX_SCOPES } from '../protocol/limits.ts';
import { LOCK_MODES, type LockMode } from '../protocol/messages.ts';
import { checkOptions } from '../protocol/options.ts';
import { checkOnNotice, checkSignal, text } from './fields.ts';
import { enclosingBlocks } from './flow.ts';
import type { LeaseOptions, LockOptions, Pattern, PoolOptions, Scopes, Want } from './options.ts';

/** What is asked for: as people say it (`pool 'accounts'`), and as the wire does. */
export interface Claim {
  what: string;
  fields: string;
  /** Where it asks for `not: 'previous'`. */
  unlike?: Unlike | undefined;
}

/** The part of a claim that wants nothing that former tries of a test have had. */
export interface Unlike {
  pools: readonly string[];
  /** The claim with patterns in place of `'previous'`, one for each of these pools. */
  but(patterns: readonly Pattern[]): Claim;
  /** What was got from each of them. */
  got(value: unknown): readonly unknown[];
}

const COMMON = ['ttl', 'timeout', 'atMost', 'purpose', 'signal', 'onNotice', 'scopes'];
const OF_POOL = ['where', 'not', 'count', 'prefer'];
const LEASE_OPTIONS = [...OF_POOL, 'ifAvailable', ...COMMON];
const LOCK_OPTIONS = ['mode', ...COMMON];

export function poolClaim(pool: unknown, options: (LeaseOptions & PoolOptions) | undefined): Claim {
  const name = text(pool, 'pool');
  check(options, LEASE_OPTIONS);
  const claim: Claim = {
    what: `pool ${quoted(pool as string)}`,
    fields: `"action":"lease","pool":${name}${poolText(options ?? {}, '')}`,
  };
  if (options?.not === 'previous') {
    claim.unlike = {
      pools: [pool as string],
      but: ([not]) => poolClaim(pool, { ...options, not }),
      got: (value) => [value],
    };
  }
  return claim;
}

export function lockClaim(lock: unknown, options: LockOptions | undefined): Claim {
  const name = text(lock, 'name');
  check(options, LOCK_OPTIONS);
  return {
    what: `lock ${quoted(lock as string)}`,
    fields: `"action":"lock","name":${name}${modeText(options?.mode, 'mode')}`,
  };
}

export function semaphoreClaim(
  semaphore: unknown,
  permits: unknown,
  options: LeaseOptions | undefined,
): Claim {
  const name = text(semaphore, 'name');
  const count = countText(permits, 'permits');
  check(options, COMMON);
  return {
    what: `semaphore ${quoted(semaphore as string)}`,
    fields: `"action":"semaphore","name":${name},"permits":${count}`,
  };
}

export function slotClaim(slot: unknown, options: LeaseOptions | undefined): Claim {
  const name = text(slot, 'name');
  check(options, COMMON);
  return { what: `slot ${quoted(slot as string)}`, fields: `"action":"slot","name":${name}` };
}

/** Of several at once. */
export function claimOfAll(wants: unknown, options: LeaseOptions | undefined): Claim {
  if (
    typeof wants !== 'object' ||
    wants === null ||
    Array.isArray(wants) ||
    Object.keys(wants).length === 0
  ) {
    throw badOption('leaseAll', "pools by name, such as { account: 'accounts' }", wants);
  }
  check(options, COMMON);
  const claims = Object.entries(wants).map(([name, want]) => ({ name, ...part(want, name) }));
  const fields = claims.map((claim) => `${JSON.stringify(claim.name)}:{${claim.fields}}`);
  return {
    what: claims.map(({ what }) => what).join(' and '),
    fields: `"action":"leaseAll","wants":{${fields.join()}}`,
    unlike: unlikeIn(wants as Record<string, Want>, options),
  };
}

function unlikeIn(
  wants: Record<string, Want>,
  options: LeaseOptions | undefined,
): Unlike | undefined {
  const unlike = Object.entries(wants).flatMap(([name, want]) =>
    typeof want === 'object' && 'pool' in want && want.not === 'previous' ? { name, want } : [],
  );
  if (unlike.length === 0) return undefined;
  return {
    pools: unlike.map(({ want }) => want.pool),
    but: (patterns) => {
      const patterned = unlike.map(({ name, want }, i) => [name, { ...want, not: patterns[i] }]);
      return claimOfAll({ ...wants, ...Object.fromEntries(patterned) }, options);
    },
    got: (value) => unlike.map(({ name }) => (value as Record<string, unknown>)[name]),
  };
}

function part(given: unknown, name: string): Claim {
  const want = (typeof given === 'string' ? { pool: given } : given) as Record<string, unknown>;
  if (typeof want === 'object' && want !== null && 'lock' in want) {
    checkOptions(want, ['lock', 'mode'], name);
    const fields = `"lock":${text(want.lock, `${name}.lock`)}${modeText(want.mode, `${name}.mode`)}`;
    return { what: `lock ${quoted(want.lock as string)}`, fields };
  }
  checkOptions(want, ['pool', ...OF_POOL], name);
  const fields = `"pool":${text(want.pool, `${name}.pool`)}${poolText(want, `${name}.`)}`;
  return { what: `pool ${quoted(want.pool as string)}`, fields };
}

function check(options: LeaseOptions | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  checkOptions(options, known);
  checkSignal(options.signal);
  checkOnNotice(options.onNotice);
}

function poolText({ where, not, count, prefer }: PoolOptions, at: string): string {
  let fields = '';
  if (where !== undefined) fields += `,"where":${patternText(where, `${at}where`)}`;
  if (not !== undefined) fields += `,"not":${patternText(not, `${at}not`)}`;
  if (count !== undefined) fields += `,"count":${countText(count, `${at}count`)}`;
  if (prefer !== undefined) {
    if (!PREFERENCES.includes(prefer)) {
      throw badOption(`${at}prefer`, PREFERENCES.map(quoted).join(' or '), prefer);
    }
    fields += `,"prefer":"${prefer}"`;
  }
  return fields;
}

const patternText = (pattern: unknown, name: string): string =>
  jsonText(pattern, `The pattern '${name}'`, DEFAULT_LIMITS.maxDepth);

function countText(count: unknown, name: string): number {
  if (Number.isSafeInteger(count) && (count as number) >= 1 && (count as number) <= MAX_POOL_SIZE) {
    return count as number;
  }
  throw badOption(name, `a whole number from 1 to ${MAX_POOL_SIZE}`, count);
}

function modeText(mode: unknown, name: string): string {
  if (mode === undefined) return '';
  if (!LOCK_MODES.includes(mode as LockMode)) {
    throw badOption(name, LOCK_MODES.map(quoted).join(' or '), mode);
  }
  return `,"mode":"${mode}"`;
}

/** What encloses a request: its own block, those around the code that asks, and what a fixture adds. */
export function scopesText(scopes: Scopes | undefined): string {
  const blocks = enclosingBlocks();
  if (!scopes && blocks.length === 0) return '';
  const { within = [], until, early } = scopes ?? {};
  // The outermost are the ones to lose: what is not told is not held, and only explains less.
  const all = [...new Set([...within, ...blocks])].slice(0, MAX_SCOPES);
  return `,"within":${JSON.stringify(all)}${until === undefined ? '' : `,"until":${JSON.stringify(until)}`}${early ? ',"early":true' : ''}`;
}
