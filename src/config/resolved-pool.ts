import type { PoolDefinition } from '../core/leases.ts';
import { BrokerError, printable } from '../protocol/errors.ts';
import { type Json, jsonText } from '../protocol/json.ts';
import { type Limits, MIN_LEASE_TTL_MS } from '../protocol/limits.ts';
import { isPort, MAX_POOL_SIZE } from './pools.ts';
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
const SPEC_KEYS = ['values', 'ttl', 'timeout', 'shard', 'checked'];

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
        ...(checked === true && { checked }),
      },
      ttlMs: problems.durationMs(within(path, 'ttl'), ttl, defaults.ttlMs, MIN_LEASE_TTL_MS),
      timeoutMs: problems.durationMs(within(path, 'timeout'), timeout, defaults.timeoutMs, 0),
    };
  });
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
