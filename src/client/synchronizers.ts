import { MAX_POOL_SIZE } from '../config/pools.ts';
import { type Duration, durationMs } from '../protocol/duration.ts';
import { badOption, closed, quoted } from '../protocol/errors.ts';
import type { Purpose } from '../protocol/messages.ts';
import { checkOptions, checkSignal, purposeText, text } from './fields.ts';
import type { Bounded, WaitOptions } from './options.ts';
import { clearTimer, now, setTimer } from './real-time.ts';
import { traced } from './traced.ts';
import { Values } from './values.ts';

/** A rate, and how long to wait for a pass. */
export interface LimitOptions extends WaitOptions {
  /** How many may pass in any stretch of `per`: from 1 to 10,000. */
  count: number;
  /** At least 1 ms, at most 24 days. */
  per: Duration;
}

/** A pass of a rate limit. */
export interface Pass {
  /** Milliseconds from the broker's answer to its time; 0: at once. */
  waitedMs: number;
}

export interface BarrierOptions extends WaitOptions {
  /** How many must arrive: from 1 to 10,000. */
  parties: number;
  /** On whose behalf, for the messages of those who wait. */
  purpose?: Purpose | undefined;
}

/** What workers wait for without holding it: a rate limit, each other. */
export abstract class Synchronizers extends Values {
  /** How to give up each wait that is under way. */
  readonly #waits = new Set<(reason: unknown) => void>();

  /** What bounds the waits of this client. */
  protected abstract readonly bounds: Bounded;

  /**
   * Waits until it may pass: at most `count` do in any stretch of `per`, of all workers together,
   * first come, first served. A sliding window, kept exactly; a token bucket would let up to twice
   * as many through.
   *
   * The pass is reserved when this is called. One that is aborted meanwhile is spent.
   *
   * @throws BrokerError `wait_timeout`, at once, where it would have to wait longer than `timeout`
   * (the config's `waitTimeout` unless given): then nothing is spent. `config_mismatch` where others
   * use that name with another `count` or `per`; `too_many`.
   */
  async limit(name: string, options: LimitOptions): Promise<Pass> {
    check(options, ['count', 'per']);
    const { count, per, ...rest } = options;
    const fields = `"action":"limit","name":${text(name, 'name')},"count":${upTo(count, 'count')},"per":${durationMs(per, 'per')}`;
    return await this.bounds.bounded(`limit ${quoted(name)}`, rest, async (bounded) => {
      const { line } = this.#waiting(fields, bounded);
      const reserved = this.call(
        () => line,
        (reply) => reply.waitMs as number,
        bounded,
      );
      const waitedMs = await traced(reserved);
      if (waitedMs > 0) await this.#sleep(waitedMs, bounded.signal);
      return { waitedMs };
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
    check(options, ['parties', 'purpose']);
    const { parties, ...rest } = options;
    const fields = `"action":"barrier","name":${text(name, 'name')},"parties":${upTo(parties, 'parties')}`;
    return await this.bounds.bounded(`barrier ${quoted(name)}`, rest, (bounded) =>
      traced(this.#arrive(fields, bounded)),
    );
  }

  /** Its waits end as well. */
  protected override refuse(): void {
    super.refuse();
    for (const giveUp of [...this.#waits]) giveUp(closed());
  }

  #arrive(fields: string, options: Omit<BarrierOptions, 'parties'>): Promise<number> {
    return new Promise((resolve, reject) => {
      const { purpose, signal } = options;
      const { connection } = this.link;
      const about = purpose === undefined ? '' : `,"purpose":${purposeText(purpose)}`;
      const { line, waitMs } = this.#waiting(fields + about, options);
      this.check(line, signal);
      const cancel = () => connection.tell(`"action":"cancel","request":${id}`);
      const settled = this.#givenUpBy(signal, (reason) => {
        cancel();
        reject(reason);
      });
      const id = connection.send(
        line,
        {
          resolve: (reply) => {
            settled();
            resolve(reply.place as number);
          },
          reject: (error) => {
            settled();
            // Of a broker that was unresponsive: nobody is there any more when it wakes.
            cancel();
            reject(error);
          },
        },
        waitMs,
      );
    });
  }

  /** Never too short: timers may be early. It keeps the process alive. */
  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.check('', signal);
      const until = now() + ms;
      let timer: NodeJS.Timeout;
      const settled = this.#givenUpBy(signal, (reason) => {
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

  /** `giveUp` is called at most once, by the signal or the end of this client, unless what it returns was. */
  #givenUpBy(signal: AbortSignal | undefined, giveUp: (reason: unknown) => void): () => void {
    const end = (reason: unknown) => {
      settled();
      giveUp(reason);
    };
    const onAbort = () => end(signal!.reason);
    const settled = () => {
      this.#waits.delete(end);
      signal?.removeEventListener('abort', onAbort);
    };
    this.#waits.add(end);
    signal?.addEventListener('abort', onAbort, { once: true });
    return settled;
  }

  /** The request with how long it may wait. */
  #waiting(fields: string, { timeout, atMost }: WaitOptions): { line: string; waitMs: number } {
    let line = fields;
    let waitMs = this.link.welcome.maxWaitMs;
    if (timeout !== undefined) {
      waitMs = durationMs(timeout, 'timeout', 0);
      line += `,"timeout":${waitMs}`;
    }
    if (atMost !== undefined) line += `,"atMost":${durationMs(atMost, 'atMost', 0)}`;
    return { line, waitMs };
  }
}

function check(options: WaitOptions, own: readonly string[]): void {
  checkOptions(options, [...own, 'timeout', 'atMost', 'signal']);
  checkSignal(options.signal);
}

function upTo(count: unknown, name: string): number {
  const whole = Number.isSafeInteger(count) ? (count as number) : 0;
  if (whole >= 1 && whole <= MAX_POOL_SIZE) return whole;
  throw badOption(name, `a whole number from 1 to ${MAX_POOL_SIZE}`, count);
}
