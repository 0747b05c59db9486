import type { Duration } from '../protocol/duration.ts';
import type { JsonCompatible } from '../protocol/json.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Middleware } from './middleware.ts';
import type { Plugin } from './plugin.ts';
import type { PoolSpec } from './pools.ts';
import type { ProviderSpec } from './provided.ts';
import type { Sharding } from './shard.ts';

/** Pools as a config names them: a list of values, or what `pool()`, `ports()` and `slots()` return. */
export type PoolInputs = Record<string, readonly unknown[] | PoolSpec>;

/** Values as a config names them: how each is provided. */
// biome-ignore lint/suspicious/noExplicitAny: of a provider that nothing is known of, the value can be anything
export type ValueInputs = Record<string, ProviderSpec<any>>;

export interface BrokerConfig<Pools = PoolInputs, Values = ValueInputs> {
  /** Things of which there are few, by name. Default: none; values, locks and slots work without. */
  pools?: Pools | undefined;
  /** Values that the broker makes when they are first asked for, by `client.value(key)`. Default: none. */
  values?: Values | undefined;
  /** What sees every request, in this order. Default: nothing. */
  middleware?: readonly Middleware[] | undefined;
  /** Set up in this order, after `values` and `middleware`. Default: none. */
  plugins?: readonly Plugin[] | undefined;
  /** Clients must know the run's secret. Default: true. */
  auth?: boolean | undefined;
  limits?: { [Name in keyof Limits]?: Limits[Name] | undefined } | undefined;
  /** For values that are set without a TTL; `'run'`: as long as the broker. Default: none, so that a TTL is required. */
  defaultTtl?: Duration | 'run' | undefined;
  /** How long a lease lives without a renewal. Default: 30 s. */
  leaseTtl?: Duration | undefined;
  /** How long a request waits for a lease; 0: not at all. Default: 60 s. */
  waitTimeout?: Duration | undefined;
  /**
   * `'split'`: each CI shard has a part of every pool to itself, so that shards on several machines do
   * not collide. Which shard a run is, the runner tells, or `EPHEMERAL_BROKER_SHARD` (`2/5`). Default:
   * `'whole'`.
   */
  shard?: Sharding | undefined;
  /** A broker in a process of its own ends after this long without a connection. Default: never. */
  idleTimeout?: Duration | undefined;
  /** A few lines on stderr at the end of a run of which pools were waited for, where any were for long, and of where its report is. Default: true. */
  summary?: boolean | undefined;
  /** The file to which the journal goes when the broker stops; relative to the config file. Default: none. */
  journal?: string | undefined;
  /** The file to which the journal is drawn as an HTML page when the broker stops; relative to the config file. Default: none. */
  report?: string | undefined;
}

/** `Pools` where every value survives JSON; `never` in the places that would not. */
type JsonPools<Pools> = {
  readonly [Name in keyof Pools]: Pools[Name] extends readonly (infer Value)[]
    ? readonly JsonCompatible<Value>[]
    : Pools[Name] extends PoolSpec<infer Value>
      ? PoolSpec<unknown extends Value ? Value : JsonCompatible<Value>>
      : Pools[Name];
};

/**
 * The config, as it is: this only tells TypeScript its type, so that pool names and the types of
 * their values are known to `Register` and to the fixtures. It is checked when a broker reads it.
 */
export function defineConfig<
  const Pools extends PoolInputs = Record<never, never>,
  Values extends ValueInputs = ValueInputs,
>(
  config: BrokerConfig<Pools, Values> & { pools?: JsonPools<Pools> | undefined },
): BrokerConfig<Pools, Values> {
  return config;
}
