import { formatMs } from '../protocol/duration.ts';
import {
  BrokerError,
  cancelled,
  type ErrorDetails,
  quoted,
  stopping,
  tooMany,
} from '../protocol/errors.ts';
import { holderName } from '../protocol/holder.ts';
import type { Json } from '../protocol/json.ts';
import { HEARTBEAT_MS, type Limits } from '../protocol/limits.ts';
import type { Purpose } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import { stepName } from './explain.ts';
import type { Journal, WaitEnd } from './journal.ts';
import type { Session } from './session.ts';
import { SlowWaits } from './slow-waits.ts';
import { type Step, waitersFor } from './wait-graph.ts';

/** Parties named in one message; the rest are counted. */
const NAMED = 10;

/** How a wait at a barrier ends: told once, by one of these; by none where its session ended. Neither may throw. */
export interface Outcome {
  /** All have arrived; `place`: in which order, from 0. */
  passed(place: number): void;
  refused(error: BrokerError): void;
  /** While it waits, once: that it takes long, and who is there. */
  slow(message: string): void;
}

/** What a party says on its arrival. */
export interface Party {
  name: string;
  /** How many there are in all. */
  parties: number;
  /** 0: now or never. */
  timeoutMs: number;
  purpose: Purpose;
}

/** A party at a barrier where others are missing. */
export class Arrival {
  /** Its place in the order of all requests. */
  readonly ticket: number;
  readonly session: Session;
  readonly party: Party;
  readonly round: Round;
  readonly outcome: Outcome;
  /** On the running clock, as is the deadline. */
  readonly since: number;
  readonly deadline: number;
  place = -1;

  constructor(
    ticket: number,
    session: Session,
    party: Party,
    round: Round,
    outcome: Outcome,
    now: number,
  ) {
    this.ticket = ticket;
    this.session = session;
    this.party = party;
    this.round = round;
    this.outcome = outcome;
    this.since = now;
    this.deadline = now + party.timeoutMs;
  }
}

/** Those who have arrived under a name, in their order, until all have. */
class Round {
  readonly name: string;
  readonly parties: number;
  readonly arrivals: Arrival[] = [];

  constructor({ name, parties }: Party) {
    this.name = name;
    this.parties = parties;
  }
}

/** Why a party waits no more. */
type Leave = 'disconnected' | 'cancelled' | 'timeout';

/**
 * Barriers by names: who arrives waits until so many have. Synchronous: between two events the state
 * is whole.
 *
 * - All of a round pass at once, when the last of them arrives; the next arrival begins a new round.
 * - All or none: one that dies, is cancelled or times out while it waits breaks the round, and all
 *   others are told at once. (The rule of Java's `CyclicBarrier`.)
 * - A timeout counts the broker's running time, as those of leases do.
 */
export class Barriers {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #journal: Journal;
  /** Those in which somebody waits. */
  readonly #rounds = new Map<string, Round>();
  readonly #waits = new Expiry<Arrival>(HEARTBEAT_MS);
  readonly #slow = new SlowWaits<Arrival>();
  #stopping = false;

  constructor(clock: Clock, limits: Limits, journal: Journal) {
    this.#clock = clock;
    this.#limits = limits;
    this.#journal = journal;
  }

  /**
   * Answers through `outcome`, at once or later. The arrival is the handle by which to cancel.
   *
   * @throws BrokerError `config_mismatch`, `wait_timeout` where the timeout is 0 (which breaks nothing),
   * `too_many`, `stopping`, `closed`.
   */
  arrive(session: Session, party: Party, outcome: Outcome): Arrival {
    if (this.#stopping) throw stopping();
    session.checkOpen();
    const known = this.#rounds.get(party.name);
    if (known && known.parties !== party.parties) throw otherParties(known, party.parties);
    const round = known ?? new Round(party);
    const ticket = this.#journal.newTicket();
    const arrival = new Arrival(ticket, session, party, round, outcome, this.#clock.running());
    const all = [...round.arrivals, arrival];
    if (all.length === round.parties) {
      this.#end(round, () => 'passed');
      for (const [place, each] of all.entries()) each.outcome.passed(place);
      return arrival;
    }
    if (party.timeoutMs === 0) throw timedOut(arrival, all, this.#clock.running());
    if (this.#waits.size >= this.#limits.maxWaiters) {
      const what = `${this.#waits.size} parties wait at barriers already`;
      throw tooMany(what, 'maxWaiters', this.#limits);
    }
    this.#rounds.set(round.name, round);
    round.arrivals.push(arrival);
    session.arrivals.push(arrival);
    this.#waits.add(arrival);
    this.#slow.add(arrival);
    this.#journal.waitsAt(barrierName(party.name), ticket, session, party.purpose);
    return arrival;
  }

  /** Those at which somebody waits. */
  all(): { name: string; parties: number; arrived: number }[] {
    return [...this.#rounds.values()].map(({ name, parties, arrivals }) => {
      return { name, parties, arrived: arrivals.length };
    });
  }

  /** All who wait. */
  allWaiting(): Arrival[] {
    return [...this.#waits];
  }

  /** Gives a wait up, which breaks its round. Without effect on one that has ended. */
  cancel(arrival: Arrival): void {
    if (arrival.place === -1) return;
    this.#break(arrival, 'cancelled', cancelled());
  }

  /** Breaks all rounds that the session has a part in. To be called when it has ended. */
  endSession({ arrivals }: Session): void {
    while (arrivals[0]) this.#break(arrivals[0], 'disconnected');
  }

  /** Ends the waits that are past their time, and tells those that take long. To be called only after all input that was there has been read. */
  sweep(): void {
    const now = this.#clock.running();
    this.#waits.sweep(now, (arrival) =>
      this.#break(arrival, 'timeout', timedOut(arrival, arrival.round.arrivals, now)),
    );
    this.#slow.sweep(now, (arrival) => arrival.outcome.slow(stillWaiting(arrival, now)));
  }

  /** No new arrivals; those who wait are told. */
  drain(): void {
    this.#stopping = true;
    for (const round of [...this.#rounds.values()]) {
      this.#end(round, () => 'stopped');
      for (const { outcome } of round.arrivals) outcome.refused(stopping());
    }
  }

  #break(by: Arrival, why: Leave, own?: BrokerError): void {
    const { round } = by;
    const error = broken(by, why, this.#clock.running());
    this.#end(round, (each) => (each === by ? why : 'broken'));
    for (const each of round.arrivals) {
      if (!each.session.ended) each.outcome.refused(each === by ? own! : error);
    }
  }

  /** Nobody waits in it any more. */
  #end(round: Round, reason: (arrival: Arrival) => WaitEnd): void {
    this.#rounds.delete(round.name);
    for (const arrival of round.arrivals) {
      this.#waits.remove(arrival);
      this.#slow.remove(arrival);
      this.#journal.waitEnded(arrival.ticket, reason(arrival));
      const { arrivals } = arrival.session;
      arrivals.splice(arrivals.indexOf(arrival), 1);
    }
  }
}

/** As the journal and the status have it. */
export const barrierName = (name: string): string => `barrier:${name}`;

/** A round is as large as those who arrive say, and they must agree. */
const otherParties = ({ name, parties, arrivals }: Round, asked: number): BrokerError =>
  new BrokerError(
    'config_mismatch',
    `The barrier ${quoted(name)} is in use with ${parties} parties, of which ${arrivals.length} wait, not with ${asked}: all who use it must name the same number.`,
    { barrier: name, parties, asked },
  );

/** Told once, while it waits. */
const stillWaiting = ({ round, since }: Arrival, now: number): string =>
  `Waiting at the barrier ${quoted(round.name)}, for ${formatMs(now - since)} so far: ${account(round, round.arrivals, now).state}`;

/** The error of a wait that timed out. */
function timedOut({ since, round }: Arrival, arrivals: Arrival[], now: number): BrokerError {
  const waited = now - since;
  const { state, details } = account(round, arrivals, now);
  return new BrokerError(
    'wait_timeout',
    `Waited ${formatMs(waited)} at the barrier ${quoted(round.name)}: ${state}\nSee what keeps the others, or whether there are so many; or wait longer (timeout).`,
    { waitedMs: Math.round(waited), ...details },
  );
}

/** The error of those who waited with one that waits no more. */
function broken(by: Arrival, why: Leave, now: number): BrokerError {
  const { round, session, party, since } = by;
  const { state, details } = account(round, round.arrivals, now);
  const ends = {
    disconnected: 'its connection ended',
    cancelled: 'its wait was cancelled',
    timeout: `it had waited for its timeout, ${formatMs(now - since)}`,
  };
  return new BrokerError(
    'barrier_broken',
    `The barrier ${quoted(round.name)} was broken by ${holderName(session.identity, party.purpose)}: ${ends[why]}. ${state}\nThe next who arrives begins a new round: there all must arrive again.`,
    { why, by: { ...session.identity, ...party.purpose }, ...details },
  );
}

/** Who is there, and who may be missing: for people, and for programs. */
function account(
  { name, parties }: Round,
  arrivals: Arrival[],
  now: number,
): { state: string; details: ErrorDetails } {
  const missing = parties - arrivals.length;
  const named = arrivals.slice(0, NAMED);
  const blocked = blockedBy(arrivals);
  const lines = named.map(
    ({ session, party, since }) =>
      `${holderName(session.identity, party.purpose)}, ${formatMs(now - since)} ago`,
  );
  if (arrivals.length > NAMED) lines.push(`and ${arrivals.length - NAMED} more`);
  if (blocked.length > 0) {
    lines.push('What they hold, others wait for, who may be the ones that are missing:');
    lines.push(...blocked.map((step) => stepName(step, now)));
  }
  const told = lines.map((line) => `\n  ${line}`).join('');
  return {
    state: `${arrivals.length} of ${parties} have arrived, ${missing} missing.${told}`,
    details: {
      barrier: name,
      parties,
      missing,
      arrived: named.map(
        ({ session, party, since }): Json => ({
          waitedMs: Math.round(now - since),
          ...session.identity,
          ...party.purpose,
        }),
      ),
      ...(blocked.length > 0 && {
        blocked: blocked.map(
          ({ waiter, lease }): Json => ({
            lease: lease.id,
            ...waiter.session.identity,
            ...waiter.wish.purpose,
          }),
        ),
      }),
    },
  };
}

/** Requests, as many as are named, that nobody serves while these wait: a party among them never arrives. Nobody knows who is to come, so that is not called a deadlock. */
function blockedBy(arrivals: Arrival[]): Step[] {
  const steps: Step[] = [];
  for (const step of waitersFor(new Set(arrivals.map(({ session }) => session)))) {
    if (steps.push(step) === NAMED) break;
  }
  return steps;
}
