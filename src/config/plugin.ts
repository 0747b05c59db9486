import { PLUGIN_NAME } from '../protocol/names.ts';
import type {
  ActionHandler,
  ActionName,
  ActionOptions,
  ActionParams,
  ActionResult,
} from './actions.ts';
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
   * @param name such as `mail/last`: the plugin's name, a slash, and what it does.
   * @throws BrokerError `bad_option`, also where the name is taken.
   */
  register<Name extends ActionName>(
    name: Name,
    handler: ActionHandler<ActionParams<Name>, ActionResult<Name>>,
    options?: ActionOptions<ActionParams<Name>>,
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
  const plugins = problems.list('plugins', given);
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
    if (!PLUGIN_NAME.test(name)) {
      problems.add(path, `the name of a plugin has letters, digits and -_.@ only, 100 at most.`);
    }
    const twin = names.get(name);
    if (twin === undefined) names.set(name, path);
    else problems.add(path, `has the same name as ${twin}.`);
  }
  return plugins as Plugin[];
}
