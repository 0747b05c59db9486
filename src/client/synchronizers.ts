import { MAX_POOL_SIZE } from '../config/pools.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import { badOption, quoted } from '../protocol/errors.ts';
import { checkOnNotice, text } from './fields.ts';
import type { NoticedOptions } from './options.ts';
import { clearTimer, now, setTimer } from './real-time.ts';
import { traced } from './traced.ts';
import { checkWait, Waits } from './waits.ts';

/** A rate, and how long to wait for a pass. */
export interface LimitOptions extends NoticedOptions {
  /** How many may pass in any stretch of `per`: from 1 to 10,000. */
  count: number;
  /** At least 1 ms, at most 24 days. */
  per: Duration;
}

/** A pass of a rate limit. */
export interface Pass {
  /** Milliseconds from the asking to its time; 0: at once. */
  waitedMs: number;
}

export interface BarrierOptions extends NoticedOptions {
  /** How many must arrive: from 1 to 10,000. */
  parties: number;
}

/** What workers wait for without holding it: a rate limit, each other. */
export abstract class Synchronizers extends Waits {
  /**
   * Waits until it may pass: at most `count` do in any stretch of `per`, of all workers together,
   * first come, first served. A sliding window, kept exactly; a token bucket would let up to twice
   * as many through.
   *
   * One that is aborted while it waits costs nothing, but in the last 200 ms before its turn: then it
   * is spent.
   *
   * @throws BrokerError `wait_timeout`, at once, where it would have to wait longer than `timeout`
   * (the config's `waitTimeout` unless given): then nothing is spent. `config_mismatch` where others
   * use that name with another `count` or `per`; `stopping`, `too_many`.
   */
  async limit(name: string, options: LimitOptions): Promise<Pass> {
    checkNoticed(options, ['count', 'per']);
    const { count, per, ...rest } = options;
    const fields = `"action":"limit","name":${text(name, 'name')},"count":${upTo(count, 'count')},"per":${durationMs(per, 'per')}`;
    return await this.bounds.bounded(`limit ${quoted(name)}`, rest, async (bounded) => {
      const ask = () => this.ask(fields, bounded, (reply) => reply);
      const { waitMs, waitedMs } = await traced(ask);
      if ((waitMs as number) > 0) await this.#sleep(waitMs as number, bounded.signal);
      return { waitedMs: waitedMs as number };
    });
  }

  /**
   * Waits until `parties` have arrived, and gives the place of this arrival, from 0: whoever gets 0
   * can do what is to be done once. The next arrival under the name begins a new round.
   *
   * @throws BrokerError `wait_timeout`, with who has arrived; `barrier_broken` where another party died,
   * was aborted, or timed out while it waited; `config_mismatch` where others wait there with another
   * number of parties; `stopping`, `too_many`.
   */
  async barrier(name: string, options: BarrierOptions): Promise<number> {
    checkNoticed(options, ['parties']);
    const { parties, ...rest } = options;
    const fields = `"action":"barrier","name":${text(name, 'name')},"parties":${upTo(parties, 'parties')}`;
    return await this.wait(
      `barrier ${quoted(name)}`,
      fields,
      rest,
      (reply) => reply.place as number,
    );
  }

  /** Never too short: timers may be early. It keeps the process alive. */
  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.check('', signal);
      const until = now() + ms;
      let timer: NodeJS.Timeout;
      const settled = this.givenUpBy(signal, (reason) => {
        clearTimer(timer);
        reject(reason);
      });
      const rest = () => {
        const left = until - now();
        if (left > 0) {
          timer = setTimer(rest, Math.ceil(left));
          return;
        }
        settled();
        resolve();
      };
      rest();
    });
  }
}

function checkNoticed(options: NoticedOptions, own: readonly string[]): void {
  checkWait(options, [...own, 'purpose', 'onNotice']);
  checkOnNotice(options.onNotice);
}

function upTo(count: unknown, name: string): number {
  const whole = Number.isSafeInteger(count) ? (count as number) : 0;
  if (whole >= 1 && whole <= MAX_POOL_SIZE) return whole;
  throw badOption(name, `a whole number from 1 to ${MAX_POOL_SIZE}`, count);
}
