import type { ActionName, ActionParams, ActionResult } from '../config/actions.ts';
import type { ProvidedValue, RegisteredConfig, ValueKey } from '../config/register.ts';
import { badOption, quoted } from '../protocol/errors.ts';
import { type Json, jsonText } from '../protocol/json.ts';
import { ACTION_EXAMPLE } from '../protocol/names.ts';
import { text } from './fields.ts';
import type { PurposefulOptions } from './options.ts';
import { Synchronizers } from './synchronizers.ts';
import { checkWait } from './waits.ts';

/** What brokers are extended by, as their clients see it. */
export abstract class Extended<C = RegisteredConfig> extends Synchronizers {
  /**
   * The value that the broker provides under the key: made when it is first asked for, once for all
   * workers; anew when it has expired, or is about to.
   *
   * @throws BrokerError `no_provider`; `provider_failed`, or a code of the plugin's own, to all who
   * waited (whoever asks later tries again); `wait_timeout`, `store_full`, `not_json`, `too_large`,
   * `stopping`.
   */
  value<K extends ValueKey<C>>(key: K, options?: PurposefulOptions): Promise<ProvidedValue<C, K>>;
  value<T = Json>(key: string, options?: PurposefulOptions): Promise<T>;
  async value<T>(key: string, options: PurposefulOptions = {}): Promise<T> {
    checkWait(options, ['purpose']);
    const fields = `"action":"value","key":${text(key, 'key')}`;
    return await this.wait(`value ${quoted(key)}`, fields, options, (reply) => reply.value as T);
  }

  /**
   * Runs an action that a plugin, or `broker.register`, has added to the broker, and gives its result.
   * Declared in `Actions`, it has types.
   *
   * @param params JSON, or nothing.
   * @param options.timeout how long to wait for it; the config's `waitTimeout` unless given, 30 s at least.
   * @throws BrokerError `unknown_action`; `bad_params`; `action_failed`, or a code of the plugin's own
   * (`mail/empty`); `wait_timeout`, `not_json`, `too_large`, `stopping`.
   */
  async call<Name extends ActionName>(
    name: Name,
    ...[params, options = {}]: CallArguments<ActionParams<Name>>
  ): Promise<ActionResult<Name>> {
    checkWait(options, ['purpose']);
    const { maxDepth } = this.link.welcome.limits;
    if (typeof name !== 'string' || !name.includes('/')) {
      throw badOption('name', `the name of an action, ${ACTION_EXAMPLE}`, name);
    }
    const what = `action ${quoted(name)}`;
    const given =
      params === undefined
        ? ''
        : `,"params":${jsonText(params, `The params of the ${what}`, maxDepth)}`;
    const fields = `"action":${text(name, 'name')}${given}`;
    return await this.wait(what, fields, options, (reply) => reply.value as ActionResult<Name>);
  }
}

/** ActionParams that may be left out are. */
export type CallArguments<P> = undefined extends P
  ? [params?: P, options?: PurposefulOptions]
  : [params: P, options?: PurposefulOptions];
