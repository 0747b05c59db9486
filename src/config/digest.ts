import { createHash } from 'node:crypto';
import { SHARD_VARIABLE } from '../protocol/environment.ts';
import { BrokerError, quoted } from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import type { ResolvedConfig } from './check.ts';
import { canonicalText, type ResolvedPool } from './resolved-pool.ts';
import { shardName } from './shard.ts';

/** What a run relies on in a broker that it did not start. */
type Shared = Pick<
  ResolvedConfig,
  'pools' | 'values' | 'middleware' | 'plugins' | 'defaultTtlMs' | 'leaseTtlMs' | 'waitTimeoutMs'
>;

/**
 * Equal for two configs whose runs can share a broker: the same pools with the same values, TTLs and
 * timeouts, values provided under the same keys, the same plugins, middleware of the same names;
 * neither the order of pools nor that of keys counts. Of a pool that is split among shards, what this
 * shard has.
 *
 * It is made from the values, so it goes where they go, and not into messages or reports.
 */
export function configDigest({ pools, values, middleware, plugins, ...options }: Shared): string {
  const shared: Json = {
    pools: pools
      // Of hooks, that they are there: functions cannot be compared.
      .map(({ name, definition: { values, places: _, ...care }, hooks, ttlMs, timeoutMs }) => ({
        name,
        values,
        ...(care as Record<string, Json>),
        check: hooks.check !== undefined,
        hosts: [...(hooks.hosts ?? [])],
        ttlMs,
        timeoutMs,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    values: values.map(({ key }) => key).sort(),
    middleware: middleware.map(({ name }) => name),
    plugins: plugins.map(({ name }) => name),
    // Infinity, for 'run', is no JSON.
    defaultTtl: String(options.defaultTtlMs),
    leaseTtlMs: options.leaseTtlMs,
    waitTimeoutMs: options.waitTimeoutMs,
  };
  return createHash('sha256').update(canonicalText(shared)).digest('hex').slice(0, 16);
}

/** A pool as a running broker describes it. */
export interface PoolSize {
  name: string;
  size: number;
}

/** A run was pointed at a broker that was started with another config: it would lease what it did not mean to. */
export function configMismatch(
  config: ResolvedConfig,
  running: readonly PoolSize[],
  pipe: string,
): BrokerError {
  const differences = differ(config.pools, running);
  return new BrokerError(
    'config_mismatch',
    `The broker at ${pipe} was started with another config than ${config.source}: ${
      differences.length > 0
        ? differences.join('; ')
        : 'the pools have the same names and sizes, but other values or options; or other values are provided; or other plugins or middleware'
    }.${shardHint(config)} Give both the same config; or unset EPHEMERAL_PIPE and EPHEMERAL_SECRET here, and this run starts a broker of its own.`,
    { source: config.source, pipe, differences },
  );
}

/** A runner's own `--shard` reaches neither a broker that was there before nor a run within a test. */
function shardHint({ shard }: ResolvedConfig): string {
  if (!shard) return '';
  return shard.total === 1
    ? ` Pools are split among shards, and this run is none: if the broker is one's, set ${SHARD_VARIABLE} to that here.`
    : ` Pools are split among shards, and this run is ${shardName(shard)}: set ${SHARD_VARIABLE}=${shardName(shard)} where the broker is started.`;
}

function differ(pools: ResolvedPool[], running: readonly PoolSize[]): string[] {
  const there = new Map(running.map(({ name, size }) => [name, size]));
  const differences = pools.flatMap(({ name, definition }) => {
    const here = definition.values.length;
    const size = there.get(name);
    there.delete(name);
    if (size === undefined) return `it has no pool ${quoted(name)}`;
    return size === here ? [] : `its pool ${quoted(name)} has ${size} values, not ${here}`;
  });
  return [...differences, ...[...there.keys()].map((name) => `it has a pool ${quoted(name)}, too`)];
}
