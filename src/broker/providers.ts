import { setMaxListeners } from 'node:events';
import type { ProvideListener, Provision, ResolvedProvider } from '../config/provided.ts';
import type { Entry, Store } from '../core/store.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import {
  BrokerError,
  badOption,
  didYouMean,
  messageOf,
  quoted,
  stopping,
  warn,
} from '../protocol/errors.ts';
import { HOOK_MS, type Limits, PROVIDED_GRACE_MS } from '../protocol/limits.ts';
import { checkOptions } from '../protocol/options.ts';
import { beside } from './beside.ts';
import type { Disposals } from './disposals.ts';
import { jsonBy, thrownBy } from './thrown.ts';

/** One run of a provider. */
interface Run {
  made: Promise<string>;
  /** What it makes is older than what somebody did to the key meanwhile. */
  overtaken: boolean;
}

/** Makes values when they are asked for: one at a time under each key. */
export class Providers {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #defaultTtl: Duration | 'run';
  readonly #disposals: Disposals;
  readonly #named: ReadonlyMap<string, ResolvedProvider>;
  readonly #listeners: ProvideListener[] = [];
  /** What is being made. */
  readonly #runs = new Map<string, Run>();
  /** Of values that are to be made anew ahead of their end: how far ahead. */
  readonly #refreshMs = new WeakMap<Entry, number>();
  readonly #stop = new AbortController();

  constructor(
    store: Store,
    limits: Limits,
    defaultTtlMs: number | undefined,
    named: readonly ResolvedProvider[],
    disposals: Disposals,
  ) {
    this.#store = store;
    this.#limits = limits;
    this.#disposals = disposals;
    this.#defaultTtl =
      defaultTtlMs === undefined || defaultTtlMs === Infinity ? 'run' : defaultTtlMs;
    this.#named = new Map(named.map((each) => [each.key, each]));
    // Each run listens to it, and there may be many.
    setMaxListeners(0, this.#stop.signal);
  }

  listen(listener: ProvideListener): void {
    this.#listeners.push(listener);
  }

  /** @throws BrokerError `no_provider`, where it is sure that there is none. */
  check(key: string): void {
    if (!this.#named.has(key) && this.#listeners.length === 0) throw this.#unknown(key);
  }

  /** How long to wait for it, to learn what became of it also where making it takes too long. */
  waitMs(key: string): number {
    return this.#timeoutMs(key) + PROVIDED_GRACE_MS;
  }

  /** How much of its life a value must have left for nobody to make a new one. */
  refreshMs(entry: Entry): number {
    return this.#refreshMs.get(entry) ?? 0;
  }

  /**
   * Makes the value, or waits for the run that does, and gives its JSON text, empty for `undefined`,
   * when the store has it. A run that was overtaken is waited for, but not its value.
   *
   * @throws BrokerError `no_provider`, `provider_failed` or one of a plugin's, `not_json`,
   * `too_large`, `store_full`, `stopping`.
   */
  provide(key: string): Promise<string> {
    const last = this.#runs.get(key);
    if (last && !last.overtaken) return last.made;
    const run: Run = { made: Promise.resolve(''), overtaken: false };
    const make = () => this.#run(key, run);
    run.made = (last ? last.made.then(make, make) : make()).finally(() => {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
    });
    this.#runs.set(key, run);
    return run.made;
  }

  /** A run is under way, whoever has asked for it. */
  isAtWork(key: string): boolean {
    return this.#runs.has(key);
  }

  /** Somebody has written or deleted the key: what is being made of it is not kept. */
  overtake(key: string): void {
    const run = this.#runs.get(key);
    if (run) run.overtaken = true;
  }

  /** Nothing more is made. */
  stop(): void {
    this.#stop.abort(stopping());
  }

  async #run(key: string, run: Run): Promise<string> {
    const before = this.#store.get(key);
    try {
      return await this.#makeAndKeep(key, run);
    } catch (error) {
      if (before && !this.#stop.signal.aborted) this.#goesOn(before, error);
      throw error;
    }
  }

  /** The one that there is, since no new one could be made. */
  #goesOn(entry: Entry, error: unknown): void {
    // It has ended meanwhile, or somebody has set it: who asks next learns of what fails.
    if (this.#store.get(entry.key) !== entry || !this.#refreshMs.has(entry)) return;
    this.#store.putOff(entry);
    warn(
      `no new value was made under ${quoted(entry.key)}, so the old one goes on to its end: ${messageOf(error)}`,
    );
  }

  async #makeAndKeep(key: string, run: Run): Promise<string> {
    const timeoutMs = this.#timeoutMs(key);
    const failed = (error: unknown) =>
      thrownBy(
        `The provider of ${quoted(key)}`,
        error,
        (why) => new BrokerError('provider_failed', why, { key }),
      );
    const make = (signal: AbortSignal) => this.#make(key, timeoutMs, signal);
    const provided = await beside(timeoutMs, make, { stop: this.#stop.signal }).catch((error) => {
      throw this.#stop.signal.aborted ? stopping() : failed(error);
    });
    if (!provided) throw this.#unknown(key);
    const { value, ttlMs, refreshMs } = provided;
    const what = `The value that is provided under ${quoted(key)}`;
    const text = value === undefined ? '' : jsonBy(value, what, this.#limits.maxDepth, failed);
    if (run.overtaken) {
      this.#store.checkSize(key, text);
      return text;
    }
    const entry = this.#store.set(key, text, ttlMs);
    if (refreshMs > 0) this.#refreshMs.set(entry, refreshMs);
    return text;
  }

  /** What was made, to be disposed of also where nobody waits for it any more: it is there. */
  #make(key: string, timeoutMs: number, signal: AbortSignal): Promise<Provided | undefined> {
    const named = this.#named.get(key);
    const making = (async () => {
      const made = await (named ? provision(named, signal) : this.#ask(key, signal));
      if (!made) return undefined;
      const { value, ttl = this.#defaultTtl, refresh, dispose } = made;
      if (dispose) this.#disposals.add({ key, timeoutMs, run: () => made.dispose!(value) });
      return {
        value,
        ttlMs: lifeMs(typeof ttl === 'function' ? ttl(value) : ttl),
        refreshMs: refresh === undefined ? 0 : durationMs(refresh, 'refresh'),
      };
    })();
    // What a listener makes may have to be disposed of, for all that is known.
    if (!named || named.dispose) this.#disposals.mayCome(key, making, timeoutMs);
    return making;
  }

  /** The first listener that knows the key. */
  async #ask(key: string, signal: AbortSignal): Promise<Provision | undefined> {
    for (const listener of this.#listeners) {
      const found = await listener({ key, signal });
      if (found === undefined) continue;
      checkOptions(found, PROVISION_KEYS, "What a listener to 'provide' gives");
      if (!('value' in found)) throw new Error("a listener to 'provide' gave no value");
      if (found.dispose !== undefined && typeof found.dispose !== 'function') {
        throw badOption('dispose', 'a function', found.dispose);
      }
      return found;
    }
    return undefined;
  }

  #timeoutMs(key: string): number {
    return this.#named.get(key)?.timeoutMs ?? HOOK_MS;
  }

  #unknown(key: string): BrokerError {
    const remedy = didYouMean(
      key,
      this.#named.keys(),
      'Name it under `values` in the config, or have a plugin provide it.',
    );
    return new BrokerError('no_provider', `Nothing provides ${quoted(key)}.${remedy}`, { key });
  }
}

interface Provided {
  value: unknown;
  ttlMs: number;
  refreshMs: number;
}

const PROVISION_KEYS = Object.keys({
  value: true,
  ttl: true,
  refresh: true,
  dispose: true,
} satisfies Record<keyof Provision, true>);

const provision = async (named: ResolvedProvider, signal: AbortSignal): Promise<Provision> => ({
  ...named,
  value: await named.provide({ key: named.key, signal }),
});

const lifeMs = (life: Duration | 'run'): number =>
  life === 'run' ? Infinity : durationMs(life, 'ttl');
