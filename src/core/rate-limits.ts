import { formatMs } from '../protocol/duration.ts';
import { BrokerError, cancelled, quoted, stopping, tooMany } from '../protocol/errors.ts';
import { HEARTBEAT_MS, type Limits, PASS_LEAD_MS } from '../protocol/limits.ts';
import type { Purpose } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import type { Journal, WaitEnd } from './journal.ts';
import type { Session } from './session.ts';
import { SlowWaits } from './slow-waits.ts';

/** At most `count` passes in any stretch of `perMs`. */
export interface Rate {
  count: number;
  perMs: number;
}

/** How a wait for a pass ends: told once, by one of these; by none where its session ended. Neither may throw. */
export interface Outcome {
  /** It is due in `inMs`, and was waited for all in all for `waitedMs`. */
  passes(inMs: number, waitedMs: number): void;
  refused(error: BrokerError): void;
  /** While it waits, once: that it takes long, and how long it will. */
  slow(message: string): void;
}

/** What is said by who wants to pass. */
export interface PassRequest {
  name: string;
  rate: Rate;
  /** 0: now or never. */
  timeoutMs: number;
  purpose: Purpose;
}

/** Who wants to pass, and has not been told its time. */
export class PassWaiter {
  /** Its place in the order of all requests. */
  readonly ticket: number;
  readonly session: Session;
  readonly request: PassRequest;
  readonly limit: RateLimit;
  readonly outcome: Outcome;
  /** On the running clock. */
  readonly since: number;
  /** It was not due when it was asked for: the journal tells of it. */
  waits = false;

  constructor(
    ticket: number,
    session: Session,
    request: PassRequest,
    limit: RateLimit,
    outcome: Outcome,
    now: number,
  ) {
    this.ticket = ticket;
    this.session = session;
    this.request = request;
    this.limit = limit;
    this.outcome = outcome;
    this.since = now;
  }
}

/** A name in use, with the times of its passes on the running clock. */
class RateLimit {
  readonly name: string;
  readonly rate: Rate;
  /** Rising: those of the last `perMs`, and those that are told and to come. */
  readonly times: number[] = [];
  /** In the order of asking. */
  readonly queue = new Set<PassWaiter>();
  /** When the last window is over of what has been told. */
  deadline = 0;
  place = -1;

  constructor(name: string, rate: Rate) {
    this.name = name;
    this.rate = rate;
  }

  /** When the next pass is due behind so many that wait. What has left the window must have been forgotten. */
  dueBehind(waiting: number, now: number): number {
    const { count, perMs } = this.rate;
    // The pass `count` before it bars it for `perMs`; where there are fewer, nothing does.
    const barring = this.times[this.times.length + (waiting % count) - count];
    const first = barring === undefined ? now : barring + perMs;
    return first + Math.floor(waiting / count) * perMs;
  }

  /** How many passes are to come. */
  waitingAt(now: number): number {
    return this.queue.size + this.times.filter((time) => time > now).length;
  }

  /** How many passes have left the window; they are forgotten. */
  forgetPast(now: number): number {
    const past = this.times.findIndex((time) => time + this.rate.perMs > now);
    return this.times.splice(0, past === -1 ? this.times.length : past).length;
  }
}

/**
 * Limits of how often something may be done, by names: sliding windows, each kept exactly as the log
 * of its passes.
 *
 * - No stretch of `perMs` holds more than `count` passes.
 * - First come, first served: nobody passes before one who has asked earlier.
 * - Nobody waits for longer than these two demand.
 * - Who waits no more costs nobody anything: those behind it come earlier by one. What has been told
 *   its time is spent, whether anybody passes or not; that is at most `PASS_LEAD_MS` ahead.
 *
 * Each is told its time ahead, and sleeps until then by a clock of its own: so passes come when they
 * are due, and not when a busy broker has a moment. The times are those of the running clock, which is
 * never the faster of the two, so two passes are never closer than they were told. The elapsed clock
 * would be: it counts the sleep of the machine, which sleeping clients have still before them. The
 * price: while the broker stands still, waits only get longer.
 */
export class RateLimits {
  readonly #clock: Clock;
  readonly #bounds: Limits;
  readonly #journal: Journal;
  readonly #limits = new Map<string, RateLimit>();
  /** Those for which somebody waits. */
  readonly #queued = new Set<RateLimit>();
  readonly #over = new Expiry<RateLimit>(HEARTBEAT_MS);
  readonly #slow = new SlowWaits<PassWaiter>();
  /** Passes that were told, and requests that wait. */
  #remembered = 0;
  #stopping = false;

  constructor(clock: Clock, bounds: Limits, journal: Journal) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#journal = journal;
  }

  /**
   * Answers through `outcome`, at once or later. The waiter is the handle by which to cancel.
   *
   * @throws BrokerError `config_mismatch` where the name is in use with another rate; `wait_timeout`
   * where the pass would be due later than `timeoutMs` from now; `too_many`, `stopping`, `closed`. Then
   * nothing is spent.
   */
  request(session: Session, request: PassRequest, outcome: Outcome): PassWaiter {
    if (this.#stopping) throw stopping();
    session.checkOpen();
    const { name, rate, timeoutMs } = request;
    const now = this.#clock.running();
    const known = this.#inUse(name, now);
    if (known && (known.rate.count !== rate.count || known.rate.perMs !== rate.perMs)) {
      throw otherRate(known, rate);
    }
    const limit = known ?? new RateLimit(name, rate);
    const due = limit.dueBehind(limit.queue.size, now);
    if (due - now > timeoutMs) throw tooLate(limit, due - now, timeoutMs, now);
    // Each is held as a permit would be, that comes back when its window is over.
    if (this.#remembered >= this.#bounds.maxLeases) {
      const what = `${this.#remembered} passes of rate limits are remembered already`;
      throw tooMany(what, 'maxLeases', this.#bounds);
    }
    const ticket = this.#journal.newTicket();
    const waiter = new PassWaiter(ticket, session, request, limit, outcome, now);
    this.#remembered++;
    this.#limits.set(name, limit);
    limit.queue.add(waiter);
    session.passes.push(waiter);
    this.#queued.add(limit);
    this.#slow.add(waiter);
    if (due > now) {
      waiter.waits = true;
      this.#journal.waitsAt(limitName(name), ticket, session, request.purpose);
    }
    this.#serve(limit, now);
    return waiter;
  }

  /** Those in use, with how many passes are yet to come. */
  all(): { name: string; rate: Rate; waiting: number }[] {
    const now = this.#clock.running();
    return [...this.#limits.values()]
      .filter(({ deadline }) => deadline > now)
      .map((limit) => ({ name: limit.name, rate: limit.rate, waiting: limit.waitingAt(now) }));
  }

  /** All who wait, each with how long still. */
  allWaiting(): { waiter: PassWaiter; inMs: number }[] {
    const now = this.#clock.running();
    return [...this.#queued].flatMap((limit) =>
      [...limit.queue].map((waiter, before) => {
        return { waiter, inMs: limit.dueBehind(before, now) - now };
      }),
    );
  }

  /** Gives a wait up. Without effect on one that has ended. */
  cancel(waiter: PassWaiter): void {
    if (!waiter.limit.queue.has(waiter)) return;
    this.#giveUp(waiter, 'cancelled');
    waiter.outcome.refused(cancelled());
  }

  /** Ends what the session waits for. To be called when it has ended. */
  endSession({ passes }: Session): void {
    while (passes[0]) this.#giveUp(passes[0], 'disconnected');
  }

  /** Tells those their times who come soon, and those who wait long; forgets the names whose windows are over. */
  sweep(): void {
    const now = this.#clock.running();
    for (const limit of this.#queued) this.#serve(limit, now);
    this.#over.sweep(now, (limit) => this.#forget(limit));
    this.#slow.sweep(now, (waiter) => waiter.outcome.slow(stillWaiting(waiter, now)));
  }

  /** No new requests; those who wait are told. */
  drain(): void {
    this.#stopping = true;
    for (const { queue } of this.#queued) {
      for (const waiter of queue) {
        this.#giveUp(waiter, 'stopped');
        waiter.outcome.refused(stopping());
      }
    }
  }

  #inUse(name: string, now: number): RateLimit | undefined {
    const limit = this.#limits.get(name);
    if (!limit) return undefined;
    this.#serve(limit, now);
    if (limit.deadline > now) return limit;
    this.#over.remove(limit);
    this.#forget(limit);
    return undefined;
  }

  #serve(limit: RateLimit, now: number): void {
    this.#remembered -= limit.forgetPast(now);
    for (const waiter of limit.queue) {
      const due = limit.dueBehind(0, now);
      if (due - now > PASS_LEAD_MS) return;
      this.#leave(waiter);
      if (waiter.waits) this.#journal.waitEnded(waiter.ticket, 'passed', due - now);
      limit.times.push(due);
      this.#over.move(limit, due + limit.rate.perMs);
      waiter.outcome.passes(due - now, due - waiter.since);
    }
  }

  #giveUp(waiter: PassWaiter, reason: WaitEnd): void {
    this.#leave(waiter);
    this.#journal.waitEnded(waiter.ticket, reason);
    this.#remembered--;
  }

  /** It waits no more. */
  #leave(waiter: PassWaiter): void {
    const { limit, session } = waiter;
    limit.queue.delete(waiter);
    this.#slow.remove(waiter);
    if (limit.queue.size === 0) this.#queued.delete(limit);
    session.passes.splice(session.passes.indexOf(waiter), 1);
  }

  #forget({ name, times }: RateLimit): void {
    this.#limits.delete(name);
    this.#remembered -= times.length;
  }
}

/** As the journal and the status have it. */
export const limitName = (name: string): string => `limit:${name}`;

/** Told once, while it waits. */
function stillWaiting(waiter: PassWaiter, now: number): string {
  const { limit, since } = waiter;
  const { name, rate, queue } = limit;
  const before = [...queue].indexOf(waiter);
  const inMs = limit.dueBehind(before, now) - now;
  return `Waiting for a pass of the limit ${quoted(name)} (${rateName(rate)}), for ${formatMs(now - since)} so far: it is due in ${formatMs(inMs)}, with ${before} before it.`;
}

const rateName = ({ count, perMs }: Rate): string => `${count} in ${formatMs(perMs)}`;

/** A limit is what those who use it say, and they must agree. */
const otherRate = ({ name, rate }: RateLimit, asked: Rate): BrokerError =>
  new BrokerError(
    'config_mismatch',
    `The limit ${quoted(name)} is in use with ${rateName(rate)}, not ${rateName(asked)}: all who use it must name the same count and per.`,
    { limit: name, ...rate, asked: { ...asked } },
  );

function tooLate(limit: RateLimit, waitMs: number, timeoutMs: number, now: number): BrokerError {
  const { name, rate } = limit;
  const place = limit.waitingAt(now);
  return new BrokerError(
    'wait_timeout',
    `The limit ${quoted(name)} (${rateName(rate)}) has its next pass in ${formatMs(waitMs)}, beyond the timeout of ${formatMs(timeoutMs)}; ${place} wait before it.\nAsk less often, wait longer (timeout), or raise the limit where what it protects allows that.`,
    { limit: name, ...rate, waitMs: Math.round(waitMs), place },
  );
}
