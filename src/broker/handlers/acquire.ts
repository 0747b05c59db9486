import type { Want } from '../../core/claim.ts';
import type { HeldLease } from '../../core/lease.ts';
import type { Outcome, Waiter, Wish } from '../../core/waiters.ts';
import { type BrokerError, tooLarge } from '../../protocol/errors.ts';
import { type Limits, MIN_LEASE_TTL_MS } from '../../protocol/limits.ts';
import type { Notice, Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import { purposeField, scopeFields, spanField } from '../fields.ts';
import type { Session } from '../session.ts';
import { tellNotice, timeoutOf, WAIT_FIELDS } from './waiting.ts';

/** Fields of every request for a lease. */
export const COMMON = [...WAIT_FIELDS, 'ttl', 'within', 'until', 'early'];

/** Asks for a lease on behalf of a request, which `reply` answers, now or later. */
export function acquire(wants: Want[], request: Request, reply: GrantReply): undefined {
  const { session, exchange } = reply;
  const { config, pools } = session.house;
  const asked = wants.flatMap(({ kind, name }) => (kind === 'pool' && pools.get(name)) || []);
  // Of several pools: as short a TTL as each asks for, and as long a wait as any is worth.
  const ttlMs = Math.min(...asked.map((pool) => pool.ttlMs));
  const timeoutMs = Math.max(...asked.map((pool) => pool.timeoutMs));
  const wish: Wish = {
    wants,
    ttlMs:
      spanField(request, 'ttl', MIN_LEASE_TTL_MS) ?? (asked.length > 0 ? ttlMs : config.leaseTtlMs),
    timeoutMs: timeoutOf(request, asked.length > 0 ? timeoutMs : config.waitTimeoutMs),
    purpose: purposeField(request),
    ...scopeFields(request),
  };
  session.pending.check(exchange);
  const { leases } = session.house;
  const waiter = leases.request(session.core, wish, reply);
  reply.waiter = waiter;
  // Served at once, it may wait for what comes of that, and be cancelled otherwise.
  if (!waiter.answered) session.pending.add(exchange, () => leases.cancel(waiter));
  return undefined;
}

/** Tells the client how its request ends, and what it should know while it waits. */
export class GrantReply implements Outcome {
  readonly session: Session;
  readonly exchange: Exchange;
  readonly #fields: (granted: HeldLease) => string;
  /** Where it is not answered at once. */
  waiter: Waiter | undefined;

  constructor(session: Session, exchange: Exchange, fields: (granted: HeldLease) => string) {
    this.session = session;
    this.exchange = exchange;
    this.#fields = fields;
  }

  granted(lease: HeldLease): void {
    const { leases, config } = this.session.house;
    const former = this.waiter ? formerField(lease, this.waiter) : '';
    const fields = this.#fields(lease) + former;
    if (isTooLong(fields, config.limits)) {
      leases.release(this.session.core, lease.id);
      this.refused(tooLong(config.limits));
      return;
    }
    this.exchange.ok(fields);
  }

  refused(error: BrokerError): void {
    this.exchange.fail(error);
  }

  notice(notice: Notice, message: string): void {
    tellNotice(this.session, this.exchange, notice, message);
  }
}

/** A UTF-16 unit is at most three bytes: most replies need no counting. */
export const isTooLong = (fields: string, { maxOutputBytes }: Limits): boolean =>
  fields.length * 3 > maxOutputBytes && Buffer.byteLength(fields) + 1_024 > maxOutputBytes;

const tooLong = ({ maxOutputBytes }: Limits) =>
  tooLarge(
    `The values of all that was asked for have more bytes than a reply may have (maxOutputBytes: ${maxOutputBytes}). Ask for less at once`,
  );

/** Of a reply that grants a lease, but for what is leased. */
export const leaseFields = ({ id, token, ttlMs }: HeldLease): string =>
  `,"lease":${JSON.stringify(id)},"token":${token},"ttlMs":${ttlMs}`;

/** Whom the request has waited for; nothing of one who did not say who it is, or where only a check took its time. */
function formerField({ all }: HeldLease, { since }: Waiter): string {
  const last = all.reduce((a, b) => (b.freedAt > a.freedAt ? b : a));
  if (last.freedAt < since) return '';
  const former = { ...last.formerIdentity, ...last.formerPurpose };
  return Object.keys(former).length > 0 ? `,"former":${JSON.stringify(former)}` : '';
}
