import type { Preference } from '../core/claim.ts';
import type { Duration } from '../protocol/duration.ts';
import { badOption } from '../protocol/errors.ts';
import type { JsonCompatible } from '../protocol/json.ts';
import type { EndReason } from '../protocol/messages.ts';
import type { Sharding } from './shard.ts';

/**
 * The most resources of one pool. Pools are for things of which there are few; beyond this the
 * making of the list itself would be felt, and a mistyped number is likelier than a wish.
 */
export const MAX_POOL_SIZE = 10_000;

export type { Preference };

/** Which of several that are free is leased: the one that this worker had last, else as `'oldest'`; the one that has been free for longest; any. */
export const PREFERENCES = ['same-worker', 'oldest', 'random'] as const satisfies Preference[];

/** In what way a resource came back from a lease. */
export interface ResetCause {
  reason: Exclude<EndReason, 'retired'>;
  /** The holder said `release({ dirty: true })`, or did not get to say anything. */
  dirty: boolean;
  /** Aborts when the reset has taken too long. */
  signal: AbortSignal;
}

/** What `pool()`, `ports()` and `slots()` take beside the values. */
export interface PoolOptions<Value = unknown> {
  /** How long a lease from this pool lives without a renewal. Default: the config's `leaseTtl`. */
  ttl?: Duration | undefined;
  /** How long a request waits for one. Default: the config's `waitTimeout`. */
  timeout?: Duration | undefined;
  /** `'whole'`: every CI shard has all of it, as is right for what each machine has of its own. Default: the config's `shard`. */
  shard?: Sharding | undefined;
  /**
   * Runs beside the broker before each grant, with a copy of the value: a resource for which it
   * returns `false`, throws, or takes longer than 30 s is not granted. It is tried again later (after
   * `reset`, where there is one), and somebody else gets another one.
   */
  check?(value: Value, context: { signal: AbortSignal }): unknown;
  /**
   * Runs beside the broker after each lease, with a copy of the value: the resource is free again when
   * it has returned. One that throws or takes longer than 30 s is tried again.
   */
  reset?(value: Value, cause: ResetCause): unknown;
  /** How long a resource rests after each lease, before its reset. Default: not at all. */
  cooldown?: Duration | undefined;
  /** How often in a row `check` and `reset` may fail (after 1, 2, 4 … 30 s), before the resource is quarantined: out of use for the rest of the run. Default: 5. */
  tries?: number | undefined;
  /** Default: `'same-worker'`, since what that has made of it (a login) may still be there. */
  prefer?: Preference | undefined;
}

/** A pool in a config. Plain data: it may be written by hand, in a JSON file too. */
export interface PoolSpec<Value = unknown> extends PoolOptions<Value> {
  readonly values: readonly Value[];
  /** Before each grant, look whether the port is free. The values must be port numbers. */
  readonly checked?: boolean | undefined;
  /** The addresses on which a port must be free, where it is checked. Default: those of this host, and all, of IPv4 and IPv6. */
  readonly hosts?: readonly string[] | undefined;
}

/** A pool of `values`, with options of its own. A plain list is a pool too. */
export function pool<const Value>(
  values: readonly (Value & JsonCompatible<Value>)[],
  options: PoolOptions<Value> = {},
): PoolSpec<Value> {
  return { ...options, values };
}

/**
 * A pool of port numbers, both ends included. Each is found free before it is granted, by binding it
 * on each of `hosts`; one that another program has is looked at again a second later.
 *
 * @throws BrokerError `bad_option` when the range is not one.
 */
export function ports(
  range: { from: number; to: number; hosts?: readonly string[] } & PoolOptions<number>,
): PoolSpec<number> {
  const { from, to, ...options } = range;
  portNumber('ports({ from })', from);
  portNumber('ports({ to })', to);
  if (to < from) throw badOption('ports({ to })', `a port from ${from} (\`from\`) upwards`, to);
  if (to - from >= MAX_POOL_SIZE) {
    throw badOption('ports({ to })', `at most ${MAX_POOL_SIZE} ports from ${from} on`, to);
  }
  const values = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return { ...options, values, checked: true };
}

/**
 * A pool of `count` things that are told apart by their numbers, from 0: databases, tenants,
 * directories. `make` gives the value of each; the default is the number.
 *
 * @throws BrokerError `bad_option` when `count` is no whole number from 1 to 10,000.
 */
export function slots(count: number, options?: PoolOptions<number>): PoolSpec<number>;
export function slots<const Value>(
  count: number,
  make: (index: number) => Value & JsonCompatible<Value>,
  options?: PoolOptions<Value>,
): PoolSpec<Value>;
export function slots(
  count: number,
  second: ((index: number) => unknown) | PoolOptions = {},
  third: PoolOptions = {},
): PoolSpec {
  const [make, options] =
    typeof second === 'function' ? [second, third] : [(index: number) => index, second];
  if (!Number.isInteger(count) || count < 1 || count > MAX_POOL_SIZE) {
    throw badOption('slots(count)', `a whole number from 1 to ${MAX_POOL_SIZE}`, count);
  }
  return { ...options, values: Array.from({ length: count }, (_, index) => make(index)) };
}

export const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;

function portNumber(name: string, value: unknown): void {
  if (!isPort(value)) throw badOption(name, 'a port number, from 1 to 65535', value);
}
