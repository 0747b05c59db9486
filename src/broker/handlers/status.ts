import { barrierName } from '../../core/barriers.ts';
import type { HeldLease } from '../../core/lease.ts';
import type { Pool } from '../../core/pool.ts';
import { limitName } from '../../core/rate-limits.ts';
import type { Session as CoreSession } from '../../core/session.ts';
import { STATUS_ROWS } from '../../protocol/limits.ts';
import type { Purpose } from '../../protocol/messages.ts';
import type { LeaseStatus, Listed, PoolStatus, WaiterStatus } from '../../protocol/status.ts';
import type { House } from '../session.ts';
import type { Handler } from './index.ts';

/** Of what a client may leave unread, for each list: all of them together always fit. */
const SHARE = 1 / 8;

export const status: Handler = (_request, { house }) => {
  const { leases, rateLimits, barriers, store, config } = house;
  const now = house.clock.running();
  const lists: Record<Listed, Rows> = {
    pools: rows(leases.allPools(), poolStatus),
    leases: rows(leases.allHeld(), (lease) => leaseStatus(lease, now)),
    waiters: rows(allWaiting(house, now), (waiting) => waiterStatus(waiting, now)),
    keys: rows(store.list('', undefined, Number.POSITIVE_INFINITY), ({ key }) => key),
    limits: rows(rateLimits.all(), ({ name, rate, waiting }) => ({ name, ...rate, waiting })),
    barriers: rows(barriers.all(), (barrier) => barrier),
  };
  const most = config.limits.maxOutputBytes * SHARE;
  const totals = Object.entries(lists).map(([name, { total }]) => [name, total]);
  return [
    ...Object.entries(lists).map(([name, { texts }]) => `,"${name}":[${upTo(most, texts).join()}]`),
    `,"totals":${JSON.stringify(Object.fromEntries(totals))}`,
  ].join('');
};

export const poolStatus = (pool: Pool): PoolStatus => ({
  name: pool.name,
  size: pool.resources.length,
  held: pool.inState('held').length,
  returning: pool.inState('cooling', 'resetting').length,
  lost: pool.inState('quarantined', 'retired').length,
  waiting: pool.waiting,
});

const leaseStatus = (
  { id, all, since, session, purpose }: HeldLease,
  now: number,
): LeaseStatus => ({
  lease: id,
  pools: namesOf(all.map(({ pool }) => pool)),
  ...(all.length === 1 ? { resource: all[0]!.index } : {}),
  heldMs: Math.round(now - since),
  ...session.identity,
  ...purpose,
});

interface Waiting {
  ticket: number;
  pools: string[];
  since: number;
  leftMs: number;
  session: CoreSession;
  purpose: Purpose;
}

/** For whatever they wait, in the order of asking. */
const allWaiting = ({ leases, barriers, rateLimits }: House, now: number): Waiting[] =>
  [
    ...leases.allWaiting().map(({ ticket, claims, since, deadline, session, wish }) => {
      const pools = namesOf(claims.map(({ pool }) => pool));
      return { ticket, pools, since, leftMs: deadline - now, session, purpose: wish.purpose };
    }),
    ...barriers.allWaiting().map(({ ticket, party, since, deadline, session }) => {
      const { name, purpose } = party;
      return {
        ticket,
        pools: [barrierName(name)],
        since,
        leftMs: deadline - now,
        session,
        purpose,
      };
    }),
    ...rateLimits.allWaiting().map(({ waiter, inMs }) => {
      const { ticket, request, since, session } = waiter;
      const { name, purpose } = request;
      return { ticket, pools: [limitName(name)], since, leftMs: inMs, session, purpose };
    }),
  ].sort((a, b) => a.ticket - b.ticket);

const waiterStatus = (
  { pools, since, leftMs, session, purpose }: Waiting,
  now: number,
): WaiterStatus => ({
  pools,
  waitedMs: Math.round(now - since),
  leftMs: Math.max(0, Math.round(leftMs)),
  ...session.identity,
  ...purpose,
});

const namesOf = (pools: Pool[]): string[] => [...new Set(pools.map(({ name }) => name))];

interface Rows {
  texts: string[];
  total: number;
}

const rows = <T>(items: T[], row: (item: T) => unknown): Rows => ({
  texts: items.slice(0, STATUS_ROWS).map((item) => JSON.stringify(row(item))),
  total: items.length,
});

/** As many of the first as fit. */
function upTo(most: number, texts: string[]): string[] {
  let bytes = 0;
  const end = texts.findIndex((text) => {
    bytes += Buffer.byteLength(text) + 1;
    return bytes > most;
  });
  return end === -1 ? texts : texts.slice(0, end);
}
