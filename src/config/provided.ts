import type { Duration } from '../protocol/duration.ts';
import { HOOK_MS, type Limits } from '../protocol/limits.ts';
import { type Problems, within } from './problems.ts';
import { isRecord } from './record.ts';

export interface ProvideContext {
  /** Which value is asked for. */
  key: string;
  /** Aborts when it has taken too long, or the broker stops. */
  signal: AbortSignal;
}

type Life<T> = Duration | 'run' | ((value: T) => Duration | 'run');

/** A value that the broker makes when it is first asked for, once for all workers. */
export interface ProviderSpec<T = unknown> {
  /** Runs beside the broker, one at a time. The value must be JSON, or `undefined`. */
  provide(context: ProvideContext): T | Promise<T>;
  /** How long the value lives, or a function of it that says so. Default: the config's `defaultTtl`, else `'run'`: as long as the broker. */
  ttl?: Life<T> | undefined;
  /** When less than this is left of its life, whoever asks next has a new one made, while all go on with the old one; of one that lives no longer than this, half its life. Less than `ttl`. Default: a new one is made when the old one has expired. */
  refresh?: Duration | undefined;
  /** How long `provide` and `dispose` may take each. Default: 30 s. */
  timeout?: Duration | undefined;
  /** Runs once for each value that was made, at the end of the run, when no worker is left. */
  dispose?(value: T): unknown;
}

/** What a listener to `'provide'` gives for a key that is its own: the value, and what `ProviderSpec` says of it. */
export interface Provision<T = unknown>
  extends Pick<ProviderSpec<T>, 'ttl' | 'refresh' | 'dispose'> {
  value: T;
}

/** Asked for a value under a key; nothing, where that is not its own. */
export type ProvideListener = (
  context: ProvideContext,
) => Provision | undefined | Promise<Provision | undefined>;

/** A provider as the broker takes it. */
export interface ResolvedProvider extends Omit<ProviderSpec, 'timeout'> {
  key: string;
  timeoutMs: number;
}

const SPEC_KEYS = Object.keys({
  provide: true,
  ttl: true,
  refresh: true,
  timeout: true,
  dispose: true,
} satisfies Record<keyof ProviderSpec, true>);

/** The providers of a config. What is wrong with them goes to `problems`. */
export function resolveProviders(
  values: unknown,
  { maxKeyBytes }: Limits,
  problems: Problems,
): ResolvedProvider[] {
  if (values === undefined) return [];
  if (!isRecord(values)) {
    problems.expected('values', 'an object with a provider under each key', values);
    return [];
  }
  return Object.entries(values).flatMap(([key, spec]) => {
    const path = within('values', key);
    if (key === '') problems.add(path, 'the key is empty.');
    if (Buffer.byteLength(key) > maxKeyBytes) {
      problems.add(path, `the key has more than ${maxKeyBytes} bytes (limits.maxKeyBytes).`);
    }
    if (!isRecord(spec)) {
      problems.expected(path, 'an object { provide, ttl, … }', spec);
      return [];
    }
    problems.unknownKeys(path, spec, SPEC_KEYS);
    const { provide, ttl, refresh, timeout, dispose } = spec;
    if (typeof provide !== 'function') {
      problems.expected(within(path, 'provide'), 'a function', provide);
    }
    if (dispose !== undefined && typeof dispose !== 'function') {
      problems.expected(within(path, 'dispose'), 'a function', dispose);
    }
    const lifeMs =
      ttl === 'run' || typeof ttl === 'function'
        ? undefined
        : problems.durationMs(within(path, 'ttl'), ttl, undefined);
    const refreshMs = problems.durationMs(within(path, 'refresh'), refresh, undefined);
    if (refreshMs !== undefined && lifeMs !== undefined && refreshMs >= lifeMs) {
      problems.add(within(path, 'refresh'), 'must be shorter than ttl.');
    }
    return {
      ...(spec as unknown as ProviderSpec),
      key,
      timeoutMs: problems.durationMs(within(path, 'timeout'), timeout, HOOK_MS),
    };
  });
}
