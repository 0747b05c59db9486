import type { ProvideListener, Provision, ResolvedProvider } from '../config/provided.ts';
import type { Store } from '../core/store.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import { BrokerError, nearest, printable, quoted, stopping } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import { HOOK_MS, type Limits } from '../protocol/limits.ts';
import { beside, failureOf, thrownBy } from './beside.ts';

/** What is to be done about a value that was made. */
interface Disposal {
  key: string;
  timeoutMs: number;
  run(): unknown;
}

/** Makes values when they are asked for: one at a time under each key. */
export class Providers {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #defaultTtl: number | 'run';
  readonly #named: ReadonlyMap<string, ResolvedProvider>;
  readonly #listeners: ProvideListener[] = [];
  /** What is being made. */
  readonly #runs = new Map<string, Promise<string>>();
  readonly #refreshMs = new Map<string, number>();
  readonly #disposals: Disposal[] = [];
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
  }

  listen(listener: ProvideListener): void {
    this.#listeners.push(listener);
  }

  /** @throws BrokerError `no_provider`, where it is sure that there is none. */
  check(key: string): void {
    if (!this.#named.has(key) && this.#listeners.length === 0) throw this.#unknown(key);
  }

  /** How much of its life a value must have left for nobody to make a new one. */
  refreshMs(key: string): number {
    return this.#refreshMs.get(key) ?? 0;
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

  /** The keys of values that have not been disposed of. */
  get undisposed(): string[] {
    return this.#disposals.map(({ key }) => key);
  }

  /** Of each value once, the last first. What fails is told on stderr, where the config's author reads. */
  async dispose(): Promise<void> {
    while (this.#disposals.length > 0) {
      const { key, timeoutMs, run } = this.#disposals.at(-1)!;
      try {
        await beside(timeoutMs, run);
      } catch (error) {
        const why = failureOf(`the dispose of ${quoted(key)}`, error);
        process.emitWarning(printable(`ephemeral-broker: ${why}`));
      }
      this.#disposals.pop();
    }
    this.#disposed = true;
  }

  async #run(key: string): Promise<string> {
    const named = this.#named.get(key);
    const timeoutMs = named?.timeoutMs ?? HOOK_MS;
    const make = async (signal: AbortSignal) => {
      const made = await (named ? provision(named, signal) : this.#ask(key, signal));
      const { value, ttl = this.#defaultTtl, refresh, dispose } = made ?? {};
      // Also where nobody waits for it any more: it is there.
      if (dispose) this.#disposals.push({ key, timeoutMs, run: () => dispose(value) });
      if (this.#disposed) void this.dispose();
      return (
        made && {
          value,
          ttlMs: lifeMs(typeof ttl === 'function' ? ttl(value) : ttl),
          refreshMs: refresh === undefined ? 0 : durationMs(refresh, 'refresh'),
        }
      );
    };
    const failed = (error: unknown) =>
      thrownBy(
        `The provider of ${quoted(key)}`,
        error,
        (why) => new BrokerError('provider_failed', why, { key }),
      );
    const provided = await beside(timeoutMs, make, this.#stop.signal).catch((error) => {
      throw this.#stop.signal.aborted ? stopping() : failed(error);
    });
    if (!provided) throw this.#unknown(key);
    const { value, ttlMs, refreshMs } = provided;
    const what = `The value that is provided under ${quoted(key)}`;
    let text = '';
    try {
      if (value !== undefined) text = jsonText(value, what, this.#limits.maxDepth);
    } catch (error) {
      // A getter of the value itself may throw anything.
      throw error instanceof BrokerError ? error : failed(error);
    }
    this.#refreshMs.set(key, refreshMs);
    this.#store.set(key, text, ttlMs);
    return text;
  }

  /** The first listener that knows the key. */
  async #ask(key: string, signal: AbortSignal): Promise<Provision | undefined> {
    for (const listener of this.#listeners) {
      const found = await listener({ key, signal });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #unknown(key: string): BrokerError {
    const near = nearest(key, this.#named.keys());
    const remedy = near
      ? `Did you mean ${quoted(near)}?`
      : 'Name it under `values` in the config, or have a plugin provide it.';
    return new BrokerError('no_provider', `Nothing provides ${quoted(key)}. ${remedy}`, { key });
  }
}

const provision = async (named: ResolvedProvider, signal: AbortSignal): Promise<Provision> => ({
  ...named,
  value: await named.provide({ key: named.key, signal }),
});

const lifeMs = (life: Duration | 'run'): number =>
  life === 'run' ? Infinity : durationMs(life, 'ttl');
