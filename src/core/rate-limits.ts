import { formatMs } from '../protocol/duration.ts';
import { BrokerError, quoted, tooMany } from '../protocol/errors.ts';
import { HEARTBEAT_MS, type Limits } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';

/** At most `count` passes in any stretch of `perMs`. */
export interface Rate {
  count: number;
  perMs: number;
}

/** A name in use, with the times of its passes on the running clock. */
class RateLimit {
  readonly name: string;
  readonly rate: Rate;
  /** Rising: those of the last `perMs`, and those to come. */
  readonly times: number[] = [];
  /** When its last window is over. */
  deadline = 0;
  place = -1;

  constructor(name: string, rate: Rate) {
    this.name = name;
    this.rate = rate;
  }

  /** How many passes are to come. */
  waitingAt(now: number): number {
    return this.times.filter((time) => time > now).length;
  }
}

/**
 * Limits of how often something may be done, by names: sliding windows, each kept exactly as the log
 * of its passes.
 *
 * - No stretch of `perMs` holds more than `count` passes.
 * - First come, first served: nobody passes before one who has asked earlier.
 * - Nobody waits for longer than these two demand.
 *
 * Times are those of the running clock, since whoever has to wait sleeps by a clock of its own. The
 * running clock is never the faster of the two, so two passes are never closer than they were
 * reserved. The elapsed clock would be: it counts the sleep of the machine, which sleeping clients
 * have still before them. The price: while the broker stands still, waits only get longer.
 */
export class RateLimits {
  readonly #clock: Clock;
  readonly #bounds: Limits;
  readonly #limits = new Map<string, RateLimit>();
  readonly #over = new Expiry<RateLimit>(HEARTBEAT_MS);
  #remembered = 0;

  constructor(clock: Clock, bounds: Limits) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /**
   * Reserves the next pass, and returns how many milliseconds from now it is due. What is reserved is
   * spent, whether anybody passes or not.
   *
   * @throws BrokerError `config_mismatch` where the name is in use with another rate; `wait_timeout`
   * where the pass would be due later than `timeoutMs` from now; `too_many`. Then nothing is reserved.
   */
  reserve(name: string, rate: Rate, timeoutMs: number): number {
    const now = this.#clock.running();
    const known = this.#inUse(name, now);
    if (known && (known.rate.count !== rate.count || known.rate.perMs !== rate.perMs)) {
      throw otherRate(known, rate);
    }
    const limit = known ?? new RateLimit(name, rate);
    const { times } = limit;
    // It bars the next one for `perMs`; where there are fewer, nothing does.
    const barring = times.at(-rate.count) ?? Number.NEGATIVE_INFINITY;
    const due = Math.max(now, barring + rate.perMs);
    if (due - now > timeoutMs) throw tooLate(limit, due - now, timeoutMs, now);
    // Each is held as a permit would be, that comes back when its window is over.
    if (this.#remembered >= this.#bounds.maxLeases) {
      const what = `${this.#remembered} passes of rate limits are remembered already`;
      throw tooMany(what, 'maxLeases', this.#bounds);
    }
    times.push(due);
    this.#remembered++;
    this.#limits.set(name, limit);
    this.#over.move(limit, due + rate.perMs);
    return due - now;
  }

  /** Those in use, with how many passes are yet to come. */
  all(): { name: string; rate: Rate; waiting: number }[] {
    const now = this.#clock.running();
    return [...this.#limits.values()]
      .filter(({ deadline }) => deadline > now)
      .map((limit) => ({ name: limit.name, rate: limit.rate, waiting: limit.waitingAt(now) }));
  }

  /** Forgets the names whose windows are over. */
  sweep(): void {
    this.#over.sweep(this.#clock.running(), (limit) => this.#forget(limit));
  }

  #inUse(name: string, now: number): RateLimit | undefined {
    const limit = this.#limits.get(name);
    if (!limit) return undefined;
    if (limit.deadline <= now) {
      this.#over.remove(limit);
      this.#forget(limit);
      return undefined;
    }
    const past = limit.times.findIndex((time) => time + limit.rate.perMs > now);
    limit.times.splice(0, past);
    this.#remembered -= past;
    return limit;
  }

  #forget({ name, times }: RateLimit): void {
    this.#limits.delete(name);
    this.#remembered -= times.length;
  }
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
