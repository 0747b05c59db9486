import type { HeldLease } from '../../core/lease.ts';
import type { PoolKind } from '../../core/pool.ts';
import type { Waiter } from '../../core/waiters.ts';
import { badRequest } from '../../protocol/errors.ts';
import { MIN_LEASE_TTL_MS } from '../../protocol/limits.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import { nameField, noOtherFields, purposeField, spanField, textField } from '../fields.ts';
import type { Session } from '../session.ts';
import type { Handler } from './index.ts';

export const lease: Handler = (request, session, exchange) =>
  acquire('pool', 'pool', request, session, exchange);

export const lock: Handler = (request, session, exchange) =>
  acquire('lock', 'name', request, session, exchange);

export const slot: Handler = (request, session, exchange) =>
  acquire('slot', 'name', request, session, exchange);

export const renew: Handler = (request, session) => {
  const ttlMs = spanField(request, 'ttl', MIN_LEASE_TTL_MS);
  const renewed = session.house.leases.renew(session.core, textField(request, 'lease'), ttlMs);
  return `,"ttlMs":${renewed.ttlMs}`;
};

export const release: Handler = (request, session) => {
  session.house.leases.release(session.core, textField(request, 'lease'));
  return '';
};

/** Without effect on a wait that has ended: its answer is on the way. */
export const cancel: Handler = (request, session) => {
  const { request: id } = request;
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
    throw badRequest("The field 'request' must be the id of a request.");
  }
  const waiter = session.waits.get(JSON.stringify(id));
  if (waiter) session.house.leases.cancel(waiter);
  return '';
};

export const pools: Handler = (_request, session) => {
  const entries = session.house.leases.pools().map((pool) => ({
    name: pool.name,
    size: pool.resources.length,
    held: pool.inState('held').length,
    waiting: pool.waiters.size,
  }));
  return `,"pools":${JSON.stringify(entries)}`;
};

const COMMON = ['id', 'action', 'ttl', 'timeout', 'atMost', 'purpose'];
const FIELDS = {
  pool: new Set([...COMMON, 'pool']),
  lock: new Set([...COMMON, 'name']),
  slot: new Set([...COMMON, 'name']),
};

function acquire(
  kind: PoolKind,
  field: string,
  request: Request,
  session: Session,
  exchange: Exchange,
): undefined {
  const { leases, config, pools } = session.house;
  noOtherFields(request, FIELDS[kind]);
  const name = nameField(request, field, config.limits.maxKeyBytes);
  const pool = kind === 'pool' ? pools.get(name) : undefined;
  const wish = {
    kind,
    name,
    ttlMs: spanField(request, 'ttl', MIN_LEASE_TTL_MS) ?? pool?.ttlMs ?? config.leaseTtlMs,
    timeoutMs: Math.min(
      spanField(request, 'timeout', 0) ?? pool?.timeoutMs ?? config.waitTimeoutMs,
      spanField(request, 'atMost', 0) ?? Number.POSITIVE_INFINITY,
    ),
    purpose: purposeField(request),
  };
  const { id } = exchange;
  if (id !== undefined && session.waits.has(id)) {
    throw badRequest(`A request with the id ${id} waits already.`);
  }
  let waiter: Waiter | undefined;
  const settled = () => {
    if (id !== undefined) session.waits.delete(id);
    // Not within the grant pass: the lines that come next could release, and so nest passes without end.
    else if (waiter) process.nextTick(() => exchange.connection.proceed());
  };
  waiter = leases.request(session.core, wish, {
    granted: (granted) => {
      exchange.ok(grantFields(granted) + (waiter ? formerField(granted, waiter) : ''));
      settled();
    },
    refused: (error) => {
      exchange.fail(error);
      settled();
    },
  });
  if (!exchange.answered && id !== undefined) session.waits.set(id, waiter);
  return undefined;
}

const grantFields = (granted: HeldLease): string =>
  `,"lease":${JSON.stringify(granted.id)},"token":${granted.token},"ttlMs":${granted.ttlMs},"value":${granted.resource.text}`;

/** Whom the request has waited for; nothing of one who did not say who it is, or where only a check took its time. */
function formerField({ resource }: HeldLease, { since }: Waiter): string {
  if (resource.freedAt < since) return '';
  const former = { ...resource.formerIdentity, ...resource.formerPurpose };
  return Object.keys(former).length > 0 ? `,"former":${JSON.stringify(former)}` : '';
}
