import type { Want } from '../../core/claim.ts';
import type { HeldLease } from '../../core/lease.ts';
import type { Entry } from '../../core/store.ts';
import { BrokerError, badRequest, quoted } from '../../protocol/errors.ts';
import { holderName } from '../../protocol/holder.ts';
import { jsonText } from '../../protocol/json.ts';
import { MAX_FAILURE } from '../../protocol/limits.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import { nameField, noOtherFields, spanField, textField } from '../fields.ts';
import type { Session } from '../session.ts';
import { acquire, COMMON, GrantReply, leaseFields } from './acquire.ts';
import type { Handler } from './index.ts';
import { lifeOf } from './values.ts';

/**
 * The value of a key, or the lease under which to compute it, for one at a time. Who asks meanwhile
 * waits, for the value, or to be the next to compute it where the first one dies.
 */
export const once: Handler = (request, session, exchange) => {
  noOtherFields(request, ONCE_FIELDS);
  const key = nameField(request, 'key', session.house.config.limits);
  const refreshMs = spanField(request, 'refresh', 0) ?? 0;
  return valueOr(
    key,
    () => refreshMs,
    request,
    session,
    (current) => new OnceReply(session, exchange, current),
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
    leases.conclude(session.core, lease.id, failure(pool.ownName, lease, error as BrokerError));
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
  if (failed !== undefined)
    return failure(key, lease, new Error(textField(request, 'failed').slice(0, MAX_FAILURE)));
  const text =
    value === undefined
      ? ''
      : jsonText(value, `The value of ${quoted(key)}`, config.limits.maxDepth);
  const life = lifeOf(request, session, Infinity);
  if (lease.lastTold === Infinity) store.set(key, text, life);
  else store.checkSize(key, text);
  return text;
}

const failure = (key: string, { session, purpose }: HeldLease, { message }: Error): BrokerError =>
  new BrokerError(
    'once_failed',
    `once ${quoted(key)} failed in ${holderName(session.identity, purpose)}: ${message}`,
    { key, ...session.identity, ...purpose },
  );

/** Of a request that is answered with the value, or with the lease under which to make it. */
export class OnceReply extends GrantReply {
  /** The fields of the value that there is, while a new one is made. */
  protected readonly current: string | undefined;

  constructor(session: Session, exchange: Exchange, current: string | undefined) {
    super(session, exchange, (lease) =>
      current === undefined ? leaseFields(lease) : `${leaseFields(lease)}${current},"refresh":true`,
    );
    this.current = current;
  }

  /** Where a value was set while it waited, nobody has to make one. */
  override granted(lease: HeldLease): void {
    const { store, leases } = this.session.house;
    const entry = this.current === undefined && store.get(lease.all[0]!.pool.ownName);
    if (!entry) return this.make(lease);
    this.answered(entry.text);
    leases.conclude(this.session.core, lease.id, entry.text);
  }

  /** By the client. */
  protected make(lease: HeldLease): void {
    super.granted(lease);
  }

  /** Somebody else computes a new value: the one that there is will do. */
  override refused(error: BrokerError): void {
    if (this.current === undefined) super.refused(error);
    else this.exchange.okInTime(this.current);
  }

  answered(text: string): void {
    this.exchange.okInTime(valueField(text));
  }
}
