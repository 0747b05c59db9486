import {
  DEFAULT_LEASE_TTL_MS,
  DEFAULT_LIMITS,
  DEFAULT_WAIT_MS,
  type Limits,
  MIN_LEASE_TTL_MS,
} from '../protocol/limits.ts';
import type { BrokerConfig } from './define.ts';
import { configDigest } from './digest.ts';
import { type Middleware, resolveMiddleware } from './middleware.ts';
import { type Plugin, resolvePlugins } from './plugin.ts';
import { badConfig, Problems, within } from './problems.ts';
import { type ResolvedProvider, resolveProviders } from './provided.ts';
import { foundKind, isRecord } from './record.ts';
import { type ResolvedPool, resolvePools } from './resolved-pool.ts';
import { ONLY_SHARD, type Shard } from './shard.ts';

/** A config that has been checked: every default filled in, every span in milliseconds. */
export interface ResolvedConfig {
  /** The file that it comes from, or what stands for it in messages. */
  source: string;
  pools: ResolvedPool[];
  values: ResolvedProvider[];
  middleware: Middleware[];
  plugins: Plugin[];
  /** The shard that has its own part of the pools; absent where each has all of every pool. */
  shard: Shard | undefined;
  auth: boolean;
  limits: Limits;
  /** Infinite for `'run'`; absent where a value needs a TTL of its own. */
  defaultTtlMs: number | undefined;
  leaseTtlMs: number;
  /** 0: requests do not wait. */
  waitTimeoutMs: number;
  /** Absent: a broker without connections stays. */
  idleTimeoutMs: number | undefined;
  summary: boolean;
  journal: string | undefined;
  report: string | undefined;
  /** See `configDigest`. */
  digest: string;
}

const KEYS = Object.keys({
  pools: true,
  values: true,
  middleware: true,
  plugins: true,
  auth: true,
  limits: true,
  defaultTtl: true,
  leaseTtl: true,
  waitTimeout: true,
  shard: true,
  idleTimeout: true,
  summary: true,
  journal: true,
  report: true,
} satisfies Record<keyof BrokerConfig, true>);

/**
 * The config as it is for this shard, whole and right. Everything that is wrong with it is told at
 * once, by its path.
 *
 * @throws BrokerError `bad_config`.
 */
export function resolveConfig(
  config: unknown,
  source: string,
  shard: Shard = ONLY_SHARD,
): ResolvedConfig {
  if (!isRecord(config)) {
    throw badConfig(source, `is no config: expected an object, got ${foundKind(config)}.`);
  }
  const problems = new Problems();
  problems.unknownKeys('', config, KEYS);
  const { auth = true, summary = true, defaultTtl } = config;
  if (typeof auth !== 'boolean') problems.expected('auth', 'true or false', auth);
  if (typeof summary !== 'boolean') problems.expected('summary', 'true or false', summary);
  for (const name of ['journal', 'report']) {
    const file = config[name];
    if (file !== undefined && (typeof file !== 'string' || file === '')) {
      problems.expected(name, 'the path of a file', file);
    }
  }
  const limits = resolveLimits(config.limits, problems);
  const leaseTtlMs = problems.durationMs(
    'leaseTtl',
    config.leaseTtl,
    DEFAULT_LEASE_TTL_MS,
    MIN_LEASE_TTL_MS,
  );
  const waitTimeoutMs = problems.durationMs('waitTimeout', config.waitTimeout, DEFAULT_WAIT_MS, 0);
  const defaultTtlMs =
    defaultTtl === 'run' ? Infinity : problems.durationMs('defaultTtl', defaultTtl, undefined);
  const idleTimeoutMs = problems.durationMs('idleTimeout', config.idleTimeout, undefined);
  const split = problems.split('shard', config.shard, false);
  const defaults = { ttlMs: leaseTtlMs, timeoutMs: waitTimeoutMs, split };
  const pools = resolvePools(config.pools, defaults, shard, limits, problems);
  const values = resolveProviders(config.values, limits, problems);
  const middleware = resolveMiddleware(config.middleware, problems);
  const plugins = resolvePlugins(config.plugins, problems);
  problems.throwIfAny(source);
  return {
    source,
    pools,
    values,
    middleware,
    plugins,
    shard: pools.some((pool) => pool.definition.places) ? shard : undefined,
    auth: auth !== false,
    limits,
    defaultTtlMs,
    leaseTtlMs,
    waitTimeoutMs,
    idleTimeoutMs,
    summary: summary !== false,
    journal: config.journal as string | undefined,
    report: config.report as string | undefined,
    digest: configDigest({
      pools,
      values,
      middleware,
      plugins,
      defaultTtlMs,
      leaseTtlMs,
      waitTimeoutMs,
    }),
  };
}

/** What fits into what: a value into a line, a line into the output that a client may leave unread. */
const ORDER: [keyof Limits, keyof Limits][] = [
  ['maxKeyBytes', 'maxLineBytes'],
  ['maxValueBytes', 'maxLineBytes'],
  ['maxUnauthenticatedLineBytes', 'maxLineBytes'],
  ['maxLineBytes', 'maxOutputBytes'],
  ['pauseOutputBytes', 'maxOutputBytes'],
];

function resolveLimits(given: unknown, problems: Problems): Limits {
  const limits = { ...DEFAULT_LIMITS };
  if (given === undefined) return limits;
  if (!isRecord(given)) {
    problems.expected('limits', 'an object', given);
    return limits;
  }
  const names = Object.keys(limits) as (keyof Limits)[];
  problems.unknownKeys('limits', given, names);
  for (const name of names) {
    const limit = given[name];
    if (limit === undefined) continue;
    if (Number.isSafeInteger(limit) && (limit as number) > 0) limits[name] = limit as number;
    else problems.expected(within('limits', name), 'a whole number above 0', limit);
  }
  const asked = new Set(names.filter((name) => given[name] !== undefined));
  reconcile(limits, asked, problems);
  return limits;
}

/**
 * Fits those limits that nobody asked for to those that somebody did: one raised raises what it must
 * fit into, one lowered lowers what must fit into it. Two that were both asked for are a problem.
 */
function reconcile(limits: Limits, asked: Set<keyof Limits>, problems: Problems): void {
  // A change is passed on along the chain, so as often as the chain is long.
  for (const _ of ORDER) {
    for (const [lower, upper] of ORDER) {
      if (limits[lower] <= limits[upper]) continue;
      const changed = asked.has(lower) ? upper : lower;
      if (asked.has(changed)) {
        const why = `${limits[lower]} is above ${upper} (${limits[upper]}), into which it must fit`;
        return problems.add(within('limits', lower), why);
      }
      limits[changed] = limits[changed === lower ? upper : lower];
      asked.add(changed);
    }
  }
}
