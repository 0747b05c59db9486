import type { ActionHandler, ActionName, ActionOptions, Params, Result } from './actions.ts';
import type { Middleware } from './middleware.ts';
import { type Problems, within } from './problems.ts';
import type { ProvideListener } from './provided.ts';
import { isRecord } from './record.ts';

/** What a broker can be extended by. */
export interface Extensible {
  /** From now on every request passes this, after what was registered before. @throws BrokerError `bad_option`. */
  use(middleware: Middleware): void;
  /**
   * Adds an action, which clients ask for by `client.call(name, params)`.
   *
   * @param name such as `mail/last`: with the plugin's name before the slash.
   * @throws BrokerError `bad_option`, also where the name is taken.
   */
  register<Name extends ActionName>(
    name: Name,
    handler: ActionHandler<Params<Name>, Result<Name>>,
    options?: ActionOptions<Params<Name>>,
  ): void;
  /**
   * `'provide'`: asked for values that nothing in the config's `values` provides, in the order of
   * registration. `'stop'`: runs when the broker stops, with nobody connected any more.
   *
   * @throws BrokerError `bad_option`.
   */
  on(event: 'provide', listener: ProvideListener): void;
  on(event: 'stop', listener: () => unknown): void;
}

/** A part of a broker that comes as a package of its own, made by `definePlugin`. */
export interface Plugin {
  /** For messages, and before the slash of its actions and error codes. */
  readonly name: string;
  /** Runs when a broker starts, before anybody can connect; within 30 s. */
  setup(broker: Extensible): unknown;
}

/** The plugin, as it is: this only tells TypeScript its type. It is checked when a broker starts. */
export const definePlugin = (plugin: Plugin): Plugin => plugin;

/** What is wrong with the plugins of a config goes to `problems`. */
export function resolvePlugins(given: unknown, problems: Problems): Plugin[] {
  const plugins = listOf('plugins', given, problems);
  const names = new Map<string, string>();
  for (const [index, plugin] of plugins.entries()) {
    const path = within('plugins', index);
    if (
      !isRecord(plugin) ||
      typeof plugin.name !== 'string' ||
      typeof plugin.setup !== 'function'
    ) {
      problems.expected(path, 'a plugin { name, setup(broker) }', plugin);
      continue;
    }
    const { name } = plugin;
    if (!/^[\w@.-]+$/.test(name)) {
      problems.add(path, `the name of a plugin has letters, digits and -_.@ only.`);
    }
    const twin = names.get(name);
    if (twin === undefined) names.set(name, path);
    else problems.add(path, `has the same name as ${twin}.`);
  }
  return plugins as Plugin[];
}

/** What is wrong with the middleware of a config goes to `problems`. */
export function resolveMiddleware(given: unknown, problems: Problems): Middleware[] {
  const middleware = listOf('middleware', given, problems);
  for (const [index, each] of middleware.entries()) {
    if (typeof each !== 'function') {
      problems.expected(within('middleware', index), 'a function', each);
    }
  }
  return middleware as Middleware[];
}

function listOf(path: string, given: unknown, problems: Problems): unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given;
  problems.expected(path, 'a list', given);
  return [];
}
