import type { Want } from '../../core/claim.ts';
import type { HeldLease } from '../../core/lease.ts';
import type { Entry } from '../../core/store.ts';
import { formatMs } from '../../protocol/duration.ts';
import { BrokerError, badRequest, type ErrorDetails, quoted } from '../../protocol/errors.ts';
import { holderName } from '../../protocol/holder.ts';
import { jsonText } from '../../protocol/json.ts';
import { MAX_FAILURE } from '../../protocol/limits.ts';
import { type Request, wireError } from '../../protocol/messages.ts';
import { Call } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { nameField, noOtherFields, spanField, textField } from '../fields.ts';
import type { Session } from '../session.ts';
import { acquire, COMMON, GrantReply, leaseFields } from './acquire.ts';
import type { Handler } from './index.ts';
import { lifeOf } from './values.ts';
import { timeoutOf } from './waiting.ts';

/**
 * The value of a key, or the lease under which to compute it, for one at a time. Who asks meanwhile
 * waits, for the value, or to be the next to compute it where the first one dies.
 */
export const once: Handler = (request, session, exchange) => {
  noOtherFields(request, ONCE_FIELDS);
  const key = nameField(request, 'key', session.house.config.limits);
  const refreshMs = spanField(request, 'refresh', 0) ?? 0;
  const timeoutMs = timeoutOf(request, session.house.config.waitTimeoutMs);
  return valueOr(
    key,
    () => refreshMs,
    request,
    session,
    (current) => new OnceReply(key, timeoutMs, session, exchange, current),
  );
};

/**
 * The value of the key, or a place in the queue of those who want it made. One that is there, with
 * `refreshMs` of it or less to live, is made anew by who asks for it, where nobody is about it.
 */
export function valueOr(
  key: string,
  refreshMs: (entry: Entry) => number,
  request: Request,
  session: Session,
  replyTo: (current?: string) => OnceReply,
): string | undefined {
  const { store } = session.house;
  const entry = store.get(key);
  const want: Want = { kind: 'once', name: key };
  if (!entry) return acquire([want], request, replyTo());
  const current = valueField(entry.text);
  if (!store.isDue(entry, refreshMs(entry))) return current;
  try {
    return acquire([want], { ...request, timeout: 0 }, replyTo(current));
  } catch (error) {
    if ((error as BrokerError).code === 'bad_request') throw error;
    // There is no room for a computation now: the value that there is will do.
    return current;
  }
}

/** What the computation under a lease of `once` came to. */
export const settle: Handler = (request, session) => {
  noOtherFields(request, SETTLE_FIELDS);
  const { leases } = session.house;
  const lease = leases.held(session.core, textField(request, 'lease'));
  const { pool } = lease.all[0]!;
  if (pool.kind !== 'once') {
    throw badRequest(`The lease ${quoted(lease.id)} is of no computation: release it.`);
  }
  try {
    leases.conclude(session.core, lease.id, resultOf(request, pool.ownName, lease, session));
  } catch (error) {
    // Who waits would compute the same in vain.
    const failed = failure(pool.ownName, lease, error as BrokerError, session);
    leases.conclude(session.core, lease.id, failed);
    throw error;
  }
  return '';
};

const ONCE_FIELDS = new Set([...COMMON, 'key', 'refresh']);
const SETTLE_FIELDS = new Set(['id', 'action', 'lease', 'value', 'ttl', 'expiresAt', 'failed']);

/** A result that is `undefined` has no field. */
const valueField = (text: string): string => (text === '' ? '' : `,"value":${text}`);

/** Stores it, unless it was overtaken. */
function resultOf(
  request: Request,
  key: string,
  lease: HeldLease,
  session: Session,
): string | BrokerError {
  const { store, config } = session.house;
  const { value, failed } = request;
  if (failed !== undefined) {
    const error = new Error(textField(request, 'failed').slice(0, MAX_FAILURE));
    return failure(key, lease, error, session);
  }
  const text =
    value === undefined
      ? ''
      : jsonText(value, `The value of ${quoted(key)}`, config.limits.maxDepth);
  const life = lifeOf(request, session, Infinity);
  if (lease.lastTold === Infinity) store.set(key, text, life);
  else store.checkSize(key, text);
  return text;
}

/** The value that there is goes on, where it was to be made anew. */
function failure(
  key: string,
  { session, purpose, lastTold }: HeldLease,
  { message }: Error,
  { house: { store } }: Session,
): BrokerError {
  const entry = lastTold === Infinity && store.get(key);
  if (entry) store.putOff(entry);
  return new BrokerError(
    'once_failed',
    `once ${quoted(key)} failed in ${holderName(session.identity, purpose)}: ${message}`,
    { key, ...session.identity, ...purpose },
  );
}

/** Of a request that is answered with the value, or with the lease under which to make it. */
export class OnceReply extends GrantReply {
  readonly #key: string;
  readonly #timeoutMs: number;
  /** The fields of the value that there is, while a new one is made. */
  readonly #current: string | undefined;
  readonly #since = performance.now();

  constructor(
    key: string,
    timeoutMs: number,
    session: Session,
    exchange: Exchange,
    current: string | undefined,
  ) {
    super(session, exchange, (lease) =>
      current === undefined ? leaseFields(lease) : `${leaseFields(lease)}${current},"refresh":true`,
    );
    this.#key = key;
    this.#timeoutMs = timeoutMs;
    this.#current = current;
  }

  /** Where a value was set while it waited, nobody has to make one. */
  override granted(lease: HeldLease): void {
    const { store, leases } = this.session.house;
    const entry = this.#current === undefined && store.get(this.#key);
    if (!entry) return this.make(lease);
    this.answered(entry.text);
    leases.conclude(this.session.core, lease.id, entry.text);
  }

  /** By the client; but where the one for whom a provider began has died, that goes on, and is no other's to do. */
  protected make(lease: HeldLease): void {
    if (this.session.house.extensions.providers.isAtWork(this.#key)) void this.provide(lease);
    else super.granted(lease);
  }

  /** By the provider of the key. */
  protected async provide(lease: HeldLease): Promise<void> {
    const { leases, extensions } = this.session.house;
    const call = this.#current === undefined ? this.#wait() : undefined;
    // With the value that there is, it goes on.
    if (!call) this.exchange.okInTime(this.#current!);
    const result = await extensions.providers.provide(this.#key).catch(wireError);
    call?.end(() => (result instanceof BrokerError ? this.refused(result) : this.answered(result)));
    try {
      leases.conclude(this.session.core, lease.id, result);
    } catch {
      // It has ended, with its session perhaps: who is first now waits for the same run of the provider.
    }
  }

  /** Somebody else computes a new value: the one that there is will do. */
  override refused(error: BrokerError): void {
    if (this.#current === undefined) super.refused(error);
    else this.exchange.okInTime(this.#current);
  }

  answered(text: string): void {
    this.exchange.okInTime(valueField(text));
  }

  /** Of a wait for the provider. */
  protected late(details: ErrorDetails = {}): BrokerError {
    const waitedMs = this.#timeoutMs;
    return new BrokerError(
      'wait_timeout',
      `Waited ${formatMs(waitedMs)} for the value ${quoted(this.#key)}: its provider is still at work, in the broker. Whoever asks again waits for the same run of it.`,
      { ...details, key: this.#key, waitedMs },
    );
  }

  /** No longer than others wait for the first one. */
  #wait(): Call {
    const leftMs = Math.max(0, this.#timeoutMs - (performance.now() - this.#since));
    return new Call(this.exchange, this.session, leftMs, () => this.late());
  }
}
