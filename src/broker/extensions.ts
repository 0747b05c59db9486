import type { ActionHandler, ActionOptions } from '../config/actions.ts';
import type { ResolvedConfig } from '../config/check.ts';
import type { Middleware } from '../config/middleware.ts';
import type { Extensible, Plugin } from '../config/plugin.ts';
import { badConfig } from '../config/problems.ts';
import type { ProvideListener } from '../config/provided.ts';
import type { Store } from '../core/store.ts';
import { BrokerError, badOption, printable, quoted, stopping, warn } from '../protocol/errors.ts';
import { HOOK_MS } from '../protocol/limits.ts';
import { ACTION_EXAMPLE, QUALIFIED_NAME } from '../protocol/names.ts';
import { beside, failureOf } from './beside.ts';
import { Disposals } from './disposals.ts';
import { HANDLERS, type Handler, type Handlers } from './handlers/index.ts';
import { registered } from './handlers/registered.ts';
import { Providers } from './providers.ts';

/** What a broker has beyond what it is made with, and what it does with that when it stops. */
export class Extensions implements Extensible {
  readonly middleware: Middleware[];
  readonly providers: Providers;
  readonly #handlers = new Map<string, Handler>(HANDLERS);
  readonly #disposals = new Disposals();
  readonly #onStop: (() => unknown)[] = [];
  #stopped = false;

  constructor({ middleware, values, limits, defaultTtlMs }: ResolvedConfig, store: Store) {
    this.middleware = [...middleware];
    this.providers = new Providers(store, limits, defaultTtlMs, values, this.#disposals);
  }

  /** What a plugin sees of it. Its methods can be taken off it. */
  get extensible(): Extensible {
    return {
      use: this.use.bind(this),
      register: this.register.bind(this),
      on: this.on.bind(this),
    };
  }

  /** @throws BrokerError `bad_config`, where one of them fails: nothing runs with half of what it needs, and what is there ends. */
  async setUp(plugins: readonly Plugin[], source: string): Promise<void> {
    for (const plugin of plugins) {
      try {
        await beside(HOOK_MS, () => plugin.setup(this.extensible), { keepAlive: true });
      } catch (error) {
        await this.tearDown();
        const why = failureOf(`the set-up of the plugin ${quoted(plugin.name)}`, error);
        throw badConfig(`${source}:`, why, error);
      }
    }
  }

  get handlers(): Handlers {
    return this.#handlers;
  }

  use(middleware: Middleware): void {
    this.#checkOpen();
    if (typeof middleware !== 'function') throw badOption('middleware', 'a function', middleware);
    this.middleware.push(middleware);
  }

  // biome-ignore lint/suspicious/noExplicitAny: by its name, its callers know more of the action
  register(name: string, handler: ActionHandler<any>, options: ActionOptions<any> = {}): void {
    this.#checkOpen();
    if (typeof name !== 'string' || !QUALIFIED_NAME.test(name)) {
      throw badOption('name', `the name of an action, ${ACTION_EXAMPLE}`, name);
    }
    if (typeof handler !== 'function') throw badOption('handler', 'a function', handler);
    if (this.#handlers.has(name)) {
      throw new BrokerError(
        'bad_option',
        `register(${quoted(name)}): there is an action of that name. Begin it with a name of your own.`,
        { name },
      );
    }
    this.#handlers.set(name, registered(name, handler, options));
  }

  on(event: 'provide' | 'stop', listener: ProvideListener | (() => unknown)): void {
    this.#checkOpen();
    if (typeof listener !== 'function') throw badOption('listener', 'a function', listener);
    if (event === 'provide') this.providers.listen(listener as ProvideListener);
    else if (event === 'stop') this.#onStop.push(listener as () => unknown);
    else throw badOption('event', "'provide' or 'stop'", event);
  }

  /** Nothing more is made or added. */
  stop(): void {
    this.#stopped = true;
    this.providers.stop();
  }

  /** Its end is not to be missed. */
  get hasToEnd(): boolean {
    return this.#disposals.keys.length > 0 || this.#onStop.length > 0;
  }

  /** An exiting process can do no more about them. */
  tellUndisposed(): void {
    const left = this.#disposals.keys;
    if (left.length === 0) return;
    const keys = [...new Set(left)].map(quoted).join(', ');
    process.stderr.write(
      printable(`ephemeral-broker: the run ended before these values were disposed of: ${keys}.\n`),
    );
  }

  /** When nobody is connected any more: what was made last goes first. */
  async tearDown(): Promise<void> {
    this.stop();
    await this.#disposals.dispose();
    for (const stop of this.#onStop.toReversed()) {
      try {
        await beside(HOOK_MS, stop, { keepAlive: true });
      } catch (error) {
        warn(failureOf("a listener to 'stop'", error));
      }
    }
  }

  #checkOpen(): void {
    if (this.#stopped) throw stopping();
  }
}
