import { PREFERENCES } from '../../config/pools.ts';
import type { Want } from '../../core/claim.ts';
import type { HeldLease } from '../../core/lease.ts';
import { badRequest } from '../../protocol/errors.ts';
import { MAX_WANTS, MIN_LEASE_TTL_MS } from '../../protocol/limits.ts';
import { LOCK_MODES, type Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import {
  choiceField,
  countField,
  filterField,
  flagField,
  nameField,
  neededCount,
  noOtherFields,
  recordField,
  recordIn,
  spanField,
  textField,
  whyField,
} from '../fields.ts';
import type { Session } from '../session.ts';
import { acquire, COMMON, GrantReply, leaseFields } from './acquire.ts';
import type { Handler } from './index.ts';
import { poolStatus } from './status.ts';

export const lease: Handler = (request, session, exchange) => {
  noOtherFields(request, LEASE_FIELDS);
  const want = poolWant(request, session);
  const shape = (granted: HeldLease) => shareText(granted, 0, want);
  return granting([want], shape, request, session, exchange);
};

/** Of several pools, all or nothing. */
export const leaseAll: Handler = (request, session, exchange) => {
  noOtherFields(request, LEASE_ALL_FIELDS);
  const entries = Object.entries(recordField(request, 'wants'));
  if (entries.length === 0 || entries.length > MAX_WANTS) {
    throw badRequest(`The field 'wants' must name from 1 to ${MAX_WANTS} wants.`);
  }
  const names = entries.map(([name]) => name);
  const wants = entries.map(([name, given]) => {
    const wanted = recordIn(given, `wants.${name}`) as Request;
    noOtherFields(
      wanted,
      wanted.lock === undefined ? WANT_FIELDS : WANT_LOCK_FIELDS,
      request.action,
    );
    return wanted.lock === undefined
      ? poolWant(wanted, session)
      : lockWant(wanted, 'lock', session);
  });
  const shape = (granted: HeldLease) => {
    const parts = names.map(
      (name, i) => `${JSON.stringify(name)}:${shareText(granted, i, wants[i]!)}`,
    );
    return `{${parts.join()}}`;
  };
  return granting(wants, shape, request, session, exchange);
};

export const lock: Handler = (request, session, exchange) => {
  noOtherFields(request, LOCK_FIELDS);
  return granting([lockWant(request, 'name', session)], one, request, session, exchange);
};

export const semaphore: Handler = (request, session, exchange) => {
  noOtherFields(request, SEMAPHORE_FIELDS);
  const permits = neededCount(request, 'permits');
  const want: Want = {
    kind: 'semaphore',
    name: nameField(request, 'name', session.house.config.limits),
    permits,
  };
  return granting([want], one, request, session, exchange);
};

export const slot: Handler = (request, session, exchange) => {
  noOtherFields(request, SLOT_FIELDS);
  const want: Want = {
    kind: 'slot',
    name: nameField(request, 'name', session.house.config.limits),
  };
  return granting([want], one, request, session, exchange);
};

export const renew: Handler = (request, session) => {
  const ttlMs = spanField(request, 'ttl', MIN_LEASE_TTL_MS);
  const renewed = session.house.leases.renew(session.core, textField(request, 'lease'), ttlMs);
  return `,"ttlMs":${renewed.ttlMs}`;
};

export const release: Handler = (request, session) => {
  const id = textField(request, 'lease');
  session.house.leases.release(session.core, id, flagField(request, 'dirty'));
  return '';
};

/** The holder's word that nobody should get the resource any more. */
export const retire: Handler = (request, session) => {
  session.house.leases.retire(session.core, textField(request, 'lease'), whyField(request));
  return '';
};

/** An operator's word: the lease may be anybody's. */
export const revoke: Handler = (request, session) => {
  session.house.leases.revoke(textField(request, 'lease'), whyField(request));
  return '';
};

/** Without effect on a wait that has ended: its answer is on the way. */
export const cancel: Handler = (request, session) => {
  const { request: id } = request;
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
    throw badRequest("The field 'request' must be the id of a request.");
  }
  session.pending.cancel(JSON.stringify(id));
  return '';
};

export const pools: Handler = (_request, session) => {
  const entries = session.house.leases.pools().map(poolStatus);
  return `,"pools":${JSON.stringify(entries)}`;
};

const OF_POOL = ['pool', 'where', 'not', 'count', 'prefer'];
const LEASE_FIELDS = new Set([...COMMON, ...OF_POOL]);
const LEASE_ALL_FIELDS = new Set([...COMMON, 'wants']);
const WANT_FIELDS = new Set(OF_POOL);
const WANT_LOCK_FIELDS = new Set(['lock', 'mode']);
const LOCK_FIELDS = new Set([...COMMON, 'name', 'mode']);
const SEMAPHORE_FIELDS = new Set([...COMMON, 'name', 'permits']);
const SLOT_FIELDS = new Set([...COMMON, 'name']);

function poolWant(request: Request, session: Session): Want {
  const { limits } = session.house.config;
  const count = countField(request, 'count');
  return {
    kind: 'pool',
    name: nameField(request, 'pool', session.house.config.limits),
    where: filterField(request, 'where', limits),
    not: filterField(request, 'not', limits),
    count,
    prefer: choiceField(request, 'prefer', PREFERENCES),
  };
}

const lockWant = (request: Request, field: string, session: Session): Want => ({
  kind: 'lock',
  name: nameField(request, field, session.house.config.limits),
  mode: choiceField(request, 'mode', LOCK_MODES),
});

/** What was got for a want: a list where it said how many. */
const shareText = ({ resources }: HeldLease, i: number, { count }: Want): string =>
  count === undefined
    ? resources[i]![0]!.text
    : `[${resources[i]!.map(({ text }) => text).join()}]`;

const one = ({ resources }: HeldLease): string => resources[0]![0]!.text;

/** Grants with a value. */
const granting = (
  wants: Want[],
  value: (granted: HeldLease) => string,
  request: Request,
  session: Session,
  exchange: Exchange,
): undefined =>
  acquire(
    wants,
    request,
    new GrantReply(
      session,
      exchange,
      (granted) => `${leaseFields(granted)},"value":${value(granted)}`,
    ),
  );
