import type { BrokerConfig } from './define.ts';
import type { PoolSpec } from './pools.ts';
import type { ProvideContext } from './provided.ts';

/**
 * Where a project says, once, which config its tests run under:
 *
 * ```ts
 * declare module 'ephemeral-broker' {
 *   interface Register { config: typeof config }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging
export interface Register {}

/** The config that `R` names; where it names none, one in which any pool holds anything. */
export type ConfigOf<R> = R extends { config: infer Config } ? Config : BrokerConfig<UnknownPools>;

/** The config that the project has registered. */
export type RegisteredConfig = ConfigOf<Register>;

// biome-ignore lint/suspicious/noExplicitAny: of an unknown pool the value can be anything
type UnknownPools = Record<string, readonly any[]>;

/** The keys of the provided values: `string` where no config is registered. */
export type ValueKey<Config = RegisteredConfig> = keyof ValuesOf<Config> & string;

/** What is provided under the key: `any` where no config is registered. */
export type ProvidedValue<
  Config = RegisteredConfig,
  Key extends ValueKey<Config> = ValueKey<Config>,
> = ValuesOf<Config>[Key] extends { provide(context: ProvideContext): infer Value }
  ? Awaited<Value>
  : never;

type ValuesOf<Config> = Config extends { values?: infer Values | undefined }
  ? NonNullable<Values>
  : never;

type PoolsOf<Config> = Config extends { pools?: infer Pools | undefined }
  ? NonNullable<Pools>
  : never;

/** The names of the pools: `string` where no config is registered. */
export type PoolName<Config = RegisteredConfig> = keyof PoolsOf<Config> & string;

/** What a lease from the pool `Name` holds: `any` where no config is registered. */
export type PoolValue<
  Config = RegisteredConfig,
  Name extends PoolName<Config> = PoolName<Config>,
> = Name extends unknown ? Leased<ValueOf<PoolsOf<Config>[Name]>> : never;

type ValueOf<Input> = Input extends readonly (infer Value)[]
  ? Value
  : Input extends PoolSpec<infer Value>
    ? Value
    : never;

/** Every lease parses a copy of its own, so nothing in it is read-only. */
type Leased<Value> = unknown extends Value
  ? // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
    any
  : Mutable<Whole<Value, KeysOf<Value>>>;

type Mutable<T> = T extends string | number | boolean | null
  ? T
  : { -readonly [Key in keyof T]: Mutable<T[Key]> };

/**
 * Each object with the keys that only others of its pool have, as absent: any of them can be asked
 * of any value. (TypeScript does the same to a list of object literals that is not `const`.)
 */
type Whole<Value, Keys extends PropertyKey> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? Value & { [Key in Exclude<Keys, keyof Value>]?: never }
    : Value;

type KeysOf<Value> = Value extends readonly unknown[]
  ? never
  : Value extends object
    ? keyof Value
    : never;
