import { formatMs } from '../protocol/duration.ts';
import { BrokerError, oneLine, quoted } from '../protocol/errors.ts';
import { holderName } from '../protocol/holder.ts';
import type { Json } from '../protocol/json.ts';
import type { HeldLease } from './lease.ts';
import type { Pool } from './pool.ts';
import type { Waiter } from './waiters.ts';

/** Holders named in one message; the rest are counted. */
const NAMED = 10;

/** The error of a wait that timed out: what it waited for, its place, who holds it, and what to do. */
export function waitTimeout(waiter: Waiter, place: number, now: number): BrokerError {
  const { pool } = waiter;
  const held = pool.inState('held').map((resource) => resource.lease!);
  const holders = held
    .slice(0, NAMED)
    .map((lease) => `\n  ${resourceName(lease)}: held by ${holding(lease, now)}`);
  if (held.length > NAMED) holders.push(`\n  and ${held.length - NAMED} more`);
  const cooling = pool.inState('cooling').length;
  if (cooling > 0)
    holders.push(`\n  ${cooling} that cannot be bound: in use by other programs, or not allowed`);
  const waited = now - waiter.since;
  return new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waited)} for ${poolName(pool)}${place > 0 ? `, with ${place} before it in the queue` : ''}.${holders.join('')}\n${remedies(pool)}`,
    {
      pool: pool.name,
      waitedMs: Math.round(waited),
      place,
      size: pool.resources.length,
      cooling,
      holders: held.slice(0, NAMED).map((lease) => holderDetails(lease, now)),
    },
  );
}

export const poolName = (pool: Pool): string =>
  pool.kind === 'pool'
    ? `pool ${quoted(pool.name)} (${pool.resources.length} in all)`
    : `${pool.kind} ${quoted(pool.name.slice(pool.kind.length + 1))}`;

const resourceName = ({ resource: { pool, index } }: HeldLease): string =>
  oneLine(pool.name) + (pool.kind === 'lock' ? '' : `[${index}]`);

const holding = (lease: HeldLease, now: number): string =>
  `${holderName(lease.session.identity, lease.purpose)}, for ${formatMs(now - lease.since)}`;

const holderDetails = (lease: HeldLease, now: number): Json => ({
  resource: lease.resource.index,
  lease: lease.id,
  heldMs: Math.round(now - lease.since),
  ...lease.session.identity,
  ...lease.purpose,
});

const remedies = (pool: Pool): string =>
  pool.kind === 'pool'
    ? `Add to the pool, run fewer workers, hold leases for less long (scope 'test' in place of 'worker'), or wait longer (timeout).`
    : 'Hold it for less long, or wait longer (timeout).';
