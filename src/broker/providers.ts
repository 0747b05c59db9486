import { setMaxListeners } from 'node:events';
import type { ProvideListener, Provision, ResolvedProvider } from '../config/provided.ts';
import type { Entry, Store } from '../core/store.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import { BrokerError, badOption, didYouMean, quoted, stopping, warn } from '../protocol/errors.ts';
import { HOOK_MS, type Limits, PROVIDED_GRACE_MS } from '../protocol/limits.ts';
import { checkOptions } from '../protocol/options.ts';
import { beside, failureOf } from './beside.ts';
import { jsonBy, thrownBy } from './thrown.ts';

/** What is to be done about a value that was made. */
interface Disposal {
  key: string;
  timeoutMs: number;
  run(): unknown;
}

/** A run of a provider, until the provider itself has ended. */
interface AtWork {
  key: string;
  ended: Promise<unknown>;
  /** When its timeout is over, on the clock of `performance`. */
  until: number;
}

/** Makes values when they are asked for: one at a time under each key. */
export class Providers {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #defaultTtl: Duration | 'run';
  readonly #named: ReadonlyMap<string, ResolvedProvider>;
  readonly #listeners: ProvideListener[] = [];
  /** What is being made. */
  readonly #runs = new Map<string, Promise<string>>();
  /** Of values that are to be made anew ahead of their end: how far ahead. */
  readonly #refreshMs = new WeakMap<Entry, number>();
  /** What may yet give a value to dispose of. */
  readonly #atWork = new Set<AtWork>();
  /** In the order in which they were made; the one whose turn it is as well. */
  readonly #disposals: Disposal[] = [];
  #disposing: Promise<void> | undefined;
  /** What comes from now on is late. */
  #disposed = false;
  readonly #stop = new AbortController();

  constructor(
    store: Store,
    limits: Limits,
    defaultTtlMs: number | undefined,
    named: readonly ResolvedProvider[],
  ) {
    this.#store = store;
    this.#limits = limits;
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
   * when the store has it.
   *
   * @throws BrokerError `no_provider`, `provider_failed` or one of a plugin's, `not_json`,
   * `too_large`, `store_full`, `stopping`.
   */
  provide(key: string): Promise<string> {
    let run = this.#runs.get(key);
    if (!run) {
      run = this.#run(key).finally(() => this.#runs.delete(key));
      this.#runs.set(key, run);
    }
    return run;
  }

  /** Nothing more is made. */
  stop(): void {
    this.#stop.abort(stopping());
  }

  /** The keys of values that have not been disposed of, or may yet come. */
  get undisposed(): string[] {
    return [...this.#disposals, ...this.#atWork].map(({ key }) => key);
  }

  /**
   * Of each value once, the last first; of what providers that are still at work make, when they have
   * ended, or had their time. What fails is told on stderr, where the config's author reads.
   */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const now = performance.now();
    // Whoever takes longer is late, or was so already.
    const inTime = [...this.#atWork].filter(({ until }) => until > now);
    const leftMs = Math.max(...inTime.map(({ until }) => until - now));
    await this.#disposeOfAll();
    if (inTime.length === 0) return;
    const all = () => Promise.all(inTime.map(({ ended }) => ended));
    await beside(leftMs, all, { keepAlive: true }).catch(() => {});
    await this.#disposeOfAll();
  }

  #disposeOfAll(): Promise<void> {
    this.#disposing ??= this.#disposeOneByOne().finally(() => {
      this.#disposing = undefined;
    });
    return this.#disposing;
  }

  async #disposeOneByOne(): Promise<void> {
    for (let last = this.#disposals.at(-1); last; last = this.#disposals.at(-1)) {
      const { key, timeoutMs, run } = last;
      try {
        await beside(timeoutMs, run, { keepAlive: true });
      } catch (error) {
        warn(failureOf(`the dispose of ${quoted(key)}`, error));
      }
      // Others may have come behind it meanwhile.
      this.#disposals.splice(this.#disposals.indexOf(last), 1);
    }
  }

  async #run(key: string): Promise<string> {
    const before = this.#store.get(key);
    try {
      return await this.#makeAndKeep(key);
    } catch (error) {
      // The nearer its end, the sooner it is tried again.
      if (before && this.#refreshMs.has(before)) {
        this.#refreshMs.set(before, this.#store.ttlLeft(before) / 2);
      }
      throw error;
    }
  }

  async #makeAndKeep(key: string): Promise<string> {
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
      if (dispose) this.#disposals.push({ key, timeoutMs, run: () => made.dispose!(value) });
      if (this.#disposed) void this.#disposeOfAll();
      return {
        value,
        ttlMs: lifeMs(typeof ttl === 'function' ? ttl(value) : ttl),
        refreshMs: refresh === undefined ? 0 : durationMs(refresh, 'refresh'),
      };
    })();
    // What a listener makes may have to be disposed of, for all that is known.
    if (!named || named.dispose) {
      const until = performance.now() + timeoutMs;
      const atWork = { key, until, ended: making.catch(() => {}) };
      this.#atWork.add(atWork);
      atWork.ended.then(() => this.#atWork.delete(atWork));
    }
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
