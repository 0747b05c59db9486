import type { ActionHandler, ActionOptions, Issue, Schema } from '../../config/actions.ts';
import { formatMs } from '../../protocol/duration.ts';
import { BrokerError, badOption, messageOf, quoted } from '../../protocol/errors.ts';
import { jsonText } from '../../protocol/json.ts';
import { MAX_FAILURE } from '../../protocol/limits.ts';
import { thrownBy } from '../beside.ts';
import { Call } from '../call.ts';
import { noOtherFields, purposeField } from '../fields.ts';
import type { Session } from '../session.ts';
import { checkId, isTooLong, timeoutOf, tooLong } from './acquire.ts';
import type { Handler } from './index.ts';

/**
 * The handler of what `broker.register` adds. What fails in it is told to its caller alone.
 *
 * @throws BrokerError `bad_option` where `params` is no schema.
 */
export function registered(
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: what it takes was checked
  handler: ActionHandler<any>,
  { params: schema }: ActionOptions,
): Handler {
  const check = checkOf(schema);
  return (request, session, exchange) => {
    noOtherFields(request, FIELDS);
    checkId(exchange.id, session);
    const purpose = purposeField(request);
    const timeoutMs = timeoutOf(request, session.house.maxWaitMs);
    const call = new Call(exchange, session.calls, timeoutMs, (waitedMs) => late(name, waitedMs));
    const run = async () => {
      const { params, problem } = await check(request.params);
      if (problem !== undefined) throw badParams(name, problem);
      const { id, identity } = session.core;
      const context = { signal: call.signal, session: id, identity: { ...identity }, purpose };
      const value = await (async () => handler(params, context))().catch((error) => {
        throw thrownBy(`The action ${quoted(name)}`, error, (why) => actionFailed(name, why));
      });
      return resultField(name, value, session);
    };
    run().then(
      (fields) => call.end(() => exchange.ok(fields)),
      (error) => call.end(() => exchange.fail(error)),
    );
    return undefined;
  };
}

const FIELDS = new Set(['id', 'action', 'params', 'timeout', 'atMost', 'purpose']);

function resultField(name: string, value: unknown, { house }: Session): string {
  if (value === undefined) return '';
  const { limits } = house.config;
  const field = `,"value":${jsonText(value, `The result of the action ${quoted(name)}`, limits.maxDepth)}`;
  if (isTooLong(field, limits)) throw tooLong(limits);
  return field;
}

/** What to hand on, or what is wrong with it. */
type Check = (params: unknown) => Promise<{ params?: unknown; problem?: string }>;

function checkOf(schema: ActionOptions['params']): Check {
  if (schema === undefined) return async (params) => ({ params });
  if (typeof schema === 'function') {
    return async (params) => {
      try {
        return { params: schema(params) };
      } catch (error) {
        return { problem: messageOf(error) };
      }
    };
  }
  const { validate } = Object((schema as Partial<Schema>)?.['~standard']);
  if (typeof validate !== 'function') {
    throw badOption('params', 'a schema that follows Standard Schema, or a function', schema);
  }
  return async (params) => {
    try {
      const validated = await schema['~standard'].validate(params);
      if (!validated.issues) return { params: validated.value };
      return { problem: validated.issues.map(issueText).join('; ') };
    } catch (error) {
      return { problem: messageOf(error) };
    }
  };
}

function issueText({ path = [], message }: Issue): string {
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

const actionFailed = (name: string, why: string) => new BrokerError('action_failed', why, { name });

const late = (name: string, waitedMs: number) =>
  new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waitedMs)} for the action ${quoted(name)}: it is still at work, in the broker. Where it may take longer, give call() a timeout.`,
    { name, waitedMs },
  );
