import { formatMs } from '../protocol/duration.ts';
import { BrokerError, oneLine, quoted } from '../protocol/errors.ts';
import { holderName } from '../protocol/holder.ts';
import type { Json } from '../protocol/json.ts';
import type { Claim } from './claim.ts';
import type { HeldLease } from './lease.ts';
import { LockPool, type Pool } from './pool.ts';
import type { Resource } from './resource.ts';
import type { Step } from './wait-graph.ts';
import type { Waiter } from './waiters.ts';

/** Holders, and steps of a cycle, named in one message; the rest are counted. */
const NAMED = 10;

/** The error of a wait that timed out: what it waited for, its place, who holds it, and what to do. */
export function waitTimeout(waiter: Waiter, now: number): BrokerError {
  const place = placeOf(waiter);
  const waited = now - waiter.since;
  const [first, ...others] = waiter.claims;
  const held = heldFor(waiter);
  return new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waited)} for ${wanted(waiter)}${before(place)}.${state(waiter, held, now)}\n${waiter.perhaps ?? remedies(waiter)}`,
    {
      pool: first!.pool.name,
      ...(others.length > 0 && { pools: waiter.claims.map(({ pool }) => pool.name) }),
      waitedMs: Math.round(waited),
      place,
      size: first!.pool.resources.length,
      cooling: first!.pool.inState('cooling', 'resetting').length,
      lost: first!.pool.inState('quarantined', 'retired').length,
      holders: held.slice(0, NAMED).map((resource) => holderDetails(resource, now)),
    },
  );
}

/** Told once, while it waits. */
export const stillWaiting = (waiter: Waiter, now: number): string =>
  `Waiting for ${wanted(waiter)}, for ${formatMs(now - waiter.since)} so far${before(placeOf(waiter))}.${state(waiter, heldFor(waiter), now)}`;

/** Told at once: nothing but the end of another worker will help. */
export const workerScope = (waiter: Waiter): string =>
  `Waiting for ${wanted(waiter)}, which other workers hold until they end: scope 'worker'. This may last for the rest of the run. Run no more workers than there are resources, or lease with scope 'test'.`;

/** The error of a request that can never be met. Tells attributes by their names, never by their values. */
export function unsatisfiable(waiter: Waiter): BrokerError {
  const problems = waiter.claims.flatMap((claim) => {
    const accepted = claim.pool.resources.filter((resource) => claim.accepts(resource));
    const problem = tooFew(claim, accepted);
    return problem === undefined ? [] : { claim, problem };
  });
  // Where each has enough for itself, any of them is as good.
  const { pool } = problems[0]?.claim ?? waiter.claims[0]!;
  const told = problems.map(({ problem }) => problem).join(' ');
  return new BrokerError(
    'unsatisfiable',
    `${told || `There are too few for all of it at once: ${wanted(waiter)}.`} Waiting would not help.`,
    { pool: pool.name, size: pool.resources.length },
  );
}

function tooFew(claim: Claim, accepted: Resource[]): string | undefined {
  const { pool, count, filtered } = claim;
  if (pool.kind !== 'pool') return undefined;
  const name = `Pool ${quoted(pool.name)}`;
  const lost = accepted.filter(({ gone }) => gone).length;
  if (accepted.length - lost >= count) return undefined;
  if (pool.resources.length === 0) return `${name} is empty: add resources to it in the config.`;
  const asked = filtered ? `${count} that fit ${filterName(claim)} of` : `${count} of`;
  const there = `${accepted.length}${lost > 0 ? `, of which ${lost} are out of use (retired, or quarantined after failed checks or resets)` : ''}`;
  return `${name} cannot give ${asked} its ${pool.resources.length}: there are ${there}.${filtered ? ` ${attributes(pool)}` : ''}`;
}

/** The attributes by which a pool's values can be told apart. */
function attributes({ resources }: Pool): string {
  const names = new Set<string>();
  for (const { value } of resources) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const name of Object.keys(value)) names.add(name);
    }
  }
  if (names.size === 0) return 'Its values have no attributes.';
  const some = [...names].slice(0, 20).map(oneLine).join(', ');
  return `Its values have the attributes ${some}${names.size > 20 ? ', …' : ''}.`;
}

/** The error of a request that would wait for itself. */
export const deadlock = (cycle: Step[], now: number): BrokerError =>
  new BrokerError(
    'deadlock',
    `${cycle.length === 1 ? 'This request waits for what it holds itself' : 'These requests would wait for each other for ever'}:${steps(cycle, now)}\n${wayOut(cycle)}`,
    {
      cycle: cycle.slice(0, NAMED).map(({ waiter, lease }) => ({
        pools: waiter.claims.map(({ pool }) => pool.name),
        lease: lease.id,
        ...waiter.session.identity,
        ...waiter.wish.purpose,
      })),
    },
  );

/** Told at once, and in the error of its timeout. */
export const perhaps = (cycle: Step[], now: number): string =>
  `Perhaps a deadlock: unless ${cycle.length === 1 ? 'the lease' : 'one of these leases'} is released by hand, it lasts until a timeout:${steps(cycle, now)}\n${wayOut(cycle)}`;

function wayOut(cycle: Step[]): string {
  if (cycle.length > 1) {
    return 'Lease all of it at once (leaseAll), or always in the same order; or release what is held before asking for more.';
  }
  const { pool } = cycle[0]!.lease.all[0]!;
  if (pool.kind === 'once') return 'A value cannot be made of itself.';
  return pool instanceof LockPool
    ? 'Use the lock that is held there already, or release it first. One that is held shared is not made exclusive: take it exclusive from the start.'
    : 'Use what is held there already, or release it first; ask for several at once (count, leaseAll).';
}

function steps(cycle: Step[], now: number): string {
  const told = cycle.slice(0, NAMED).map((step) => `\n  ${stepName(step, now)}`);
  if (cycle.length > NAMED) told.push(`\n  and ${cycle.length - NAMED} more`);
  return told.join('');
}

/** `vitest worker 3 waits for lock 'db'; lock:db is held by vitest worker 2, for 6.0 s`. */
export const stepName = ({ waiter, lease }: Step, now: number): string =>
  `${holderName(waiter.session.identity, waiter.wish.purpose)} waits for ${wanted(waiter)}; ${leaseName(lease)} is held by ${holding(lease, now)}`;

/** A semaphore is as large as those who use it say, and they must agree. */
export const otherPermits = (pool: Pool, asked: number): BrokerError =>
  new BrokerError(
    'config_mismatch',
    `The semaphore ${quoted(pool.ownName)} is in use with ${pool.resources.length} permits, not ${asked}: all who use it must name the same number.`,
    { pool: pool.name, size: pool.resources.length, asked },
  );

/** How many wait before it for anything that it waits for. */
function placeOf(waiter: Waiter): number {
  // While its resources are checked it is next.
  if (!waiter.queue) return 0;
  const queues = new Set(waiter.claims.flatMap(({ pool }) => [...pool.queues.values()]));
  let count = 0;
  for (const queue of queues) {
    for (const other of queue) {
      if (other.ticket >= waiter.ticket) break;
      count++;
    }
  }
  return count;
}

const before = (place: number): string =>
  place > 0 ? `, with ${place} before it in the queue` : '';

/** Resources that would do, and are held. */
function heldFor({ claims }: Waiter): Resource[] {
  const held = claims.flatMap((claim) =>
    claim.pool.resources.filter((resource) => resource.lease && claim.accepts(resource)),
  );
  return [...new Set(held)];
}

function state({ claims }: Waiter, held: Resource[], now: number): string {
  const lines = held
    .slice(0, NAMED)
    .map(
      (resource) =>
        `${resourceName(resource)}: ${resource.pool.kind === 'once' ? 'being computed' : 'held'} by ${holding(resource.lease!, now)}${atBarrier(resource.lease!)}`,
    );
  if (held.length > NAMED) lines.push(`and ${held.length - NAMED} more`);
  for (const pool of new Set(claims.map(({ pool }) => pool))) {
    const back = pool.inState('cooling', 'resetting').length;
    const stranger =
      pool.care.checked === true && !pool.care.reset && pool.care.tries === undefined;
    if (back > 0) {
      lines.push(
        `${back} ${stranger ? 'that cannot be bound: in use by other programs, or not allowed' : 'on the way back: cooling down, being reset, or about to be tried again'}`,
      );
    }
    const lost = pool.inState('quarantined', 'retired').length;
    if (lost > 0) lines.push(`${lost} out of use: retired, or quarantined`);
  }
  return lines.map((line) => `\n  ${line}`).join('');
}

const wanted = ({ claims }: Waiter): string => claims.map(claimName).join(' and ');

const claimName = (claim: Claim): string => {
  const many = claim.count > 1 ? `${claim.count} of ` : '';
  const shared = claim.mode === 'shared' ? 'shared ' : '';
  const filter = claim.filtered ? ` that fit ${filterName(claim)}` : '';
  return many + shared + poolName(claim.pool) + filter;
};

/** By the names of attributes only: what is asked of them may be a secret. */
function filterName({ want: { where, not } }: Claim): string {
  const names = [];
  if (where !== undefined) names.push(`where${keysOf(where)}`);
  if (not !== undefined) names.push(`not${keysOf(not)}`);
  return names.join(' and ');
}

function keysOf(pattern: Json): string {
  const patterns = Array.isArray(pattern) ? pattern : [pattern];
  const keys = patterns.flatMap((each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.keys(each) : [],
  );
  const names = [...new Set(keys)].slice(0, 10).map(oneLine);
  return names.length > 0 ? ` { ${names.join(', ')} }` : '';
}

export const poolName = (pool: Pool): string =>
  pool.kind === 'pool' || pool.kind === 'semaphore'
    ? `${pool.kind} ${quoted(pool.ownName)} (${pool.resources.length} in all)`
    : `${pool.kind} ${quoted(pool.ownName)}`;

const resourceName = ({ pool, index }: Resource): string =>
  oneLine(pool.name) + (pool instanceof LockPool ? '' : `[${index}]`);

const leaseName = ({ all }: HeldLease): string => all.slice(0, NAMED).map(resourceName).join(', ');

const holding = (lease: HeldLease, now: number): string =>
  `${holderName(lease.session.identity, lease.purpose)}, for ${formatMs(now - lease.since)}`;

/** A holder that waits there itself releases nothing before the others have come. */
function atBarrier({ session: { arrivals } }: HeldLease): string {
  if (arrivals.length === 0) return '';
  const names = new Set(arrivals.slice(0, NAMED).map(({ party }) => quoted(party.name)));
  return `; it waits at the barrier ${[...names].join(' and ')}`;
}

const holderDetails = ({ index, lease }: Resource, now: number): Json => ({
  resource: index,
  lease: lease!.id,
  heldMs: Math.round(now - lease!.since),
  ...lease!.session.identity,
  ...lease!.purpose,
});

function remedies({ claims }: Waiter): string {
  if (claims.some(({ pool }) => pool.kind === 'pool')) {
    return `Add to the pool, run fewer workers, hold leases for less long (scope 'test' in place of 'worker'), or wait longer (timeout).`;
  }
  return claims[0]!.pool.kind === 'once'
    ? 'See what it waits for there, or wait longer (timeout).'
    : 'Hold it for less long, or wait longer (timeout).';
}
