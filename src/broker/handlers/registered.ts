import type {
  ActionHandler,
  ActionOptions,
  SchemaIssue,
  StandardSchema,
} from '../../config/actions.ts';
import { formatMs } from '../../protocol/duration.ts';
import {
  BrokerError,
  badOption,
  messageOf,
  quoted,
  tooLarge,
  tooMany,
} from '../../protocol/errors.ts';
import { HOOK_MS, MAX_FAILURE } from '../../protocol/limits.ts';
import { checkOptions } from '../../protocol/options.ts';
import { Call } from '../call.ts';
import { noOtherFields, purposeField } from '../fields.ts';
import type { Session } from '../session.ts';
import { jsonBy, thrownBy } from '../thrown.ts';
import { isTooLong } from './acquire.ts';
import type { Handler } from './index.ts';
import { timeoutOf, WAIT_FIELDS } from './waiting.ts';

/**
 * The handler of what `broker.register` adds. What fails in it is told to its caller alone.
 *
 * @throws BrokerError `bad_option` for options that it cannot have.
 */
export function registered(
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: what it takes was checked
  handler: ActionHandler<any>,
  options: ActionOptions,
): Handler {
  checkOptions(options, OPTIONS, `register(${quoted(name)})`);
  const validate = validatorOf(options.params);
  const failed = (error: unknown) =>
    thrownBy(
      `The action ${quoted(name)}`,
      error,
      (why) => new BrokerError('action_failed', why, { name }),
    );
  let atWork = 0;
  return (request, session, exchange) => {
    noOtherFields(request, FIELDS);
    session.pending.check(exchange);
    const { config } = session.house;
    const purpose = purposeField(request);
    const timeoutMs = timeoutOf(request, Math.max(config.waitTimeoutMs, HOOK_MS));
    // Also of those that were given up: they have not ended.
    if (atWork >= config.limits.maxWaiters) {
      throw tooMany(
        `The action ${quoted(name)} is at work ${atWork} times`,
        'maxWaiters',
        config.limits,
      );
    }
    const call = new Call(exchange, session, timeoutMs, () => late(name, timeoutMs));
    const run = async () => {
      const params = await validate(request.params).catch((error) => {
        throw badParams(name, messageOf(error));
      });
      // Not begun for somebody who is gone already.
      call.signal.throwIfAborted();
      const { id, identity } = session.core;
      const context = { signal: call.signal, session: id, identity: { ...identity }, purpose };
      const value = await (async () => handler(params, context))().catch((error) => {
        throw failed(error);
      });
      return resultField(`The result of the action ${quoted(name)}`, value, session, failed);
    };
    atWork++;
    run()
      .then(
        (fields) => call.end(() => exchange.okInTime(fields)),
        (error) => call.end(() => exchange.fail(error)),
      )
      .finally(() => atWork--);
    return undefined;
  };
}

const FIELDS = new Set([...WAIT_FIELDS, 'params']);
const OPTIONS = Object.keys({ params: true } satisfies Record<keyof ActionOptions, true>);

function resultField(
  what: string,
  value: unknown,
  { house }: Session,
  failed: (error: unknown) => BrokerError,
): string {
  if (value === undefined) return '';
  const { limits } = house.config;
  const field = `,"value":${jsonBy(value, what, limits.maxDepth, failed)}`;
  if (isTooLong(field, limits)) {
    throw tooLarge(
      `${what} has more bytes than a reply may have (maxOutputBytes: ${limits.maxOutputBytes})`,
    );
  }
  return field;
}

/** Gives what to hand on. Rejects with what is wrong with it. */
type Validate = (params: unknown) => Promise<unknown>;

function validatorOf(params: ActionOptions['params']): Validate {
  if (params === undefined) return async (given) => given;
  // Before functions: of some libraries, schemas are such.
  if (typeof Object(Object(params)['~standard']).validate === 'function') {
    const schema = (params as StandardSchema)['~standard'];
    return async (given) => {
      const validated = await schema.validate(given);
      if (!validated.issues) return validated.value;
      throw new Error(validated.issues.map(issueText).join('; '));
    };
  }
  if (typeof params === 'function') return async (given) => params(given);
  throw badOption('params', 'a schema that follows Standard Schema, or a function', params);
}

function issueText({ path = [], message }: SchemaIssue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}

const badParams = (name: string, problem: string) =>
  new BrokerError(
    'bad_params',
    `The params of the action ${quoted(name)} are not what it takes: ${problem}`.slice(
      0,
      MAX_FAILURE,
    ),
    { name },
  );

const late = (name: string, waitedMs: number) =>
  new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waitedMs)} for the action ${quoted(name)}: it is still at work, in the broker. Where it may take longer, give call() a timeout.`,
    { name, waitedMs },
  );
