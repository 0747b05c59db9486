import { isIP } from 'node:net';
import type { Preference } from '../core/claim.ts';
import type { Care } from '../core/pool.ts';
import type { PoolDefinition } from '../core/pools.ts';
import { BrokerError, printable, quoted } from '../protocol/errors.ts';
import { type Json, jsonText } from '../protocol/json.ts';
import { type Limits, MIN_LEASE_TTL_MS } from '../protocol/limits.ts';
import { isPort, MAX_POOL_SIZE, type PoolSpec, PREFERENCES } from './pools.ts';
import { type Problems, within } from './problems.ts';
import { isRecord } from './record.ts';
import { placesOf, type Shard } from './shard.ts';

/** A pool as the broker takes it. */
export interface ResolvedPool {
  name: string;
  definition: PoolDefinition;
  /** For leases that name no TTL of their own. */
  ttlMs: number;
  /** For requests that name no timeout of their own; 0: they do not wait. */
  timeoutMs: number;
  /** What runs beside the broker; `hosts` where the values are ports. */
  hooks: PoolHooks;
}

/** What a broker runs for a pool. */
export interface PoolHooks extends Pick<PoolSpec<Json>, 'check' | 'reset'> {
  hosts?: readonly string[] | undefined;
}

/** What holds where a pool says nothing else. */
export interface PoolDefaults {
  ttlMs: number;
  timeoutMs: number;
  /** Whether each shard has a part of its own. */
  split: boolean;
}

/** Short enough for a message and for the name of a file. */
const MAX_NAME_BYTES = 200;
const SPEC_KEYS = Object.keys({
  values: true,
  ttl: true,
  timeout: true,
  shard: true,
  checked: true,
  hosts: true,
  check: true,
  reset: true,
  cooldown: true,
  tries: true,
  prefer: true,
} satisfies Record<keyof PoolSpec, true>);
const HOSTS = ['127.0.0.1', '::1', '0.0.0.0', '::'];
const DEFAULT_TRIES = 5;

/** The pools of a config as `shard` has them, in its order. What is wrong with them goes to `problems`. */
export function resolvePools(
  pools: unknown,
  defaults: PoolDefaults,
  shard: Shard,
  limits: Limits,
  problems: Problems,
): ResolvedPool[] {
  if (pools === undefined) return [];
  if (!isRecord(pools)) {
    problems.expected('pools', 'an object with a pool under each name', pools);
    return [];
  }
  return Object.entries(pools).flatMap(([name, given]) => {
    const path = within('pools', name);
    checkName(name, path, problems);
    const spec = Array.isArray(given) ? { values: given } : given;
    if (!isRecord(spec)) {
      problems.expected(path, 'a list of values, or pool(…), ports(…) or slots(…)', given);
      return [];
    }
    problems.unknownKeys(path, spec, SPEC_KEYS);
    const { checked = false, ttl, timeout } = spec;
    const split = problems.split(within(path, 'shard'), spec.shard, defaults.split);
    if (typeof checked !== 'boolean') {
      problems.expected(within(path, 'checked'), 'true or false', checked);
    }
    const values = resolveValues(spec.values, path, checked === true, limits, problems);
    return {
      name,
      definition: {
        ...(split ? partOf(values, shard, path, problems) : { values }),
        ...careOf(spec, path, problems),
      },
      ttlMs: problems.durationMs(within(path, 'ttl'), ttl, defaults.ttlMs, MIN_LEASE_TTL_MS),
      timeoutMs: problems.durationMs(within(path, 'timeout'), timeout, defaults.timeoutMs, 0),
      hooks: hooksOf(spec, path, problems),
    };
  });
}

/** How the core is to look after the resources. */
function careOf(spec: Record<string, unknown>, path: string, problems: Problems): Care {
  const { check, reset, checked, cooldown, tries, prefer } = spec;
  const cooldownMs = problems.durationMs(within(path, 'cooldown'), cooldown, 0, 0);
  if (tries !== undefined && !(Number.isSafeInteger(tries) && (tries as number) > 0)) {
    problems.expected(within(path, 'tries'), 'a whole number above 0', tries);
  }
  if (prefer !== undefined && !PREFERENCES.includes(prefer as Preference)) {
    problems.expected(within(path, 'prefer'), PREFERENCES.map(quoted).join(' or '), prefer);
  }
  // A port that somebody else has is free again when they end: there is nothing to give up on.
  const bounded = check !== undefined || reset !== undefined || tries !== undefined;
  return {
    ...((checked === true || check !== undefined) && { checked: true }),
    ...(reset !== undefined && { reset: true }),
    ...(cooldownMs > 0 && { cooldownMs }),
    ...(bounded && { tries: (tries as number | undefined) ?? DEFAULT_TRIES }),
    ...(prefer !== undefined && { prefer: prefer as Preference }),
  };
}

function hooksOf(spec: Record<string, unknown>, path: string, problems: Problems): PoolHooks {
  const { checked, hosts = HOSTS } = spec;
  for (const name of ['check', 'reset']) {
    if (spec[name] !== undefined && typeof spec[name] !== 'function') {
      problems.expected(within(path, name), 'a function', spec[name]);
    }
  }
  const known = Array.isArray(hosts) && hosts.length > 0 && hosts.every((host) => isIP(host) !== 0);
  if (!known) problems.expected(within(path, 'hosts'), 'a list of IP addresses', hosts);
  const { check, reset } = spec as Partial<PoolSpec<Json>>;
  return {
    ...(check && { check }),
    ...(reset && { reset }),
    hosts: checked === true ? (hosts as string[]) : undefined,
  };
}

/** `#` and `:` are what the ids of resources and the names of locks are made with. */
function checkName(name: string, path: string, problems: Problems): void {
  if (name === '') problems.add(path, 'the name of a pool is empty.');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    problems.add(path, `the name of a pool is longer than ${MAX_NAME_BYTES} bytes.`);
  }
  if (/[#:\n]/.test(name) || printable(name) !== name) {
    problems.add(path, "the name of a pool holds '#', ':' or a control character.");
  }
}

function resolveValues(
  given: unknown,
  path: string,
  checked: boolean,
  limits: Limits,
  problems: Problems,
): Json[] {
  if (!Array.isArray(given)) {
    problems.expected(within(path, 'values'), 'a list', given);
    return [];
  }
  if (given.length === 0) {
    problems.add(path, 'the pool is empty, so nothing could ever be leased from it.');
  }
  if (given.length > MAX_POOL_SIZE) {
    problems.add(path, `the pool has ${given.length} values, more than ${MAX_POOL_SIZE}.`);
    return [];
  }
  const places = new Map<string, number>();
  return Array.from(given, (value, index) => {
    const place = within(path, index);
    const text = textOf(value, place, limits, problems);
    if (text === undefined) return null;
    if (checked && !isPort(value)) {
      problems.expected(place, 'a port number (the pool is `checked`)', value);
    }
    const kept: Json = JSON.parse(text);
    const sameness = canonicalText(kept);
    const twin = places.get(sameness);
    if (twin === undefined) places.set(sameness, index);
    else {
      problems.add(
        place,
        `the same as ${within(path, twin)}: one thing would be leased to two tests. For things that need no telling apart there is slots(n).`,
      );
    }
    return kept;
  });
}

/** The values that are the shard's own. */
function partOf(values: Json[], shard: Shard, path: string, problems: Problems) {
  // An empty list has been told of, or could not be read.
  if (values.length > 0 && values.length < shard.total) {
    problems.add(
      path,
      `the pool has ${values.length} values, too few to split among ${shard.total} shards. Add values, run fewer shards, or give the pool shard: 'whole' where shards do not meet at it (on machines of their own).`,
    );
  }
  const places = placesOf(values.length, shard);
  return { values: places.map((place) => values[place]!), places };
}

/** The value's JSON text; nothing where it has none, or too much of it. */
function textOf(
  value: unknown,
  place: string,
  limits: Limits,
  problems: Problems,
): string | undefined {
  try {
    const text = jsonText(value, place, limits.maxDepth);
    const bytes = Buffer.byteLength(text);
    if (bytes <= limits.maxValueBytes) return text;
    problems.add(
      place,
      `${bytes} bytes as JSON, above limits.maxValueBytes (${limits.maxValueBytes}).`,
    );
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const { path } = error.details;
    if (error.code !== 'not_json' || typeof path !== 'string') {
      problems.add(
        place,
        `nested deeper than limits.maxDepth (${limits.maxDepth}), or in a cycle.`,
      );
    } else {
      const { message } = error;
      problems.add(place + path, message.slice(message.lastIndexOf('it holds ')));
    }
  }
  return undefined;
}

/** The same for values that differ only in the order of their keys. */
export function canonicalText(value: Json): string {
  return JSON.stringify(value, (_key, part) =>
    isRecord(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
