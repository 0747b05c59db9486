import { durationMs } from '../protocol/duration.ts';
import { type BrokerError, closed, warn } from '../protocol/errors.ts';
import type { Reply } from '../protocol/messages.ts';
import { checkOptions } from '../protocol/options.ts';
import { checkSignal, purposeText } from './fields.ts';
import type { Bounded, NoticedOptions, PurposefulOptions, WaitOptions } from './options.ts';
import { traced } from './traced.ts';
import { Values } from './values.ts';

/** Requests that wait, and the end of each: its answer, its signal, the end of this client. */
export abstract class Waits extends Values {
  /** How to give up each wait that is under way. */
  readonly #waits = new Set<(reason: unknown) => void>();

  /** What bounds the waits of this client. */
  protected abstract readonly bounds: Bounded;

  /** Waits for the answer to a request. `what`, as people say it: `barrier 'seed'`. */
  protected wait<T>(
    what: string,
    fields: string,
    options: PurposefulOptions,
    pick: (reply: Reply) => T,
  ): Promise<T> {
    return this.bounds.bounded(what, options, (bounded) =>
      traced(() => this.ask(fields, bounded, pick)),
    );
  }

  /** `giveUp` is called at most once, by the signal or the end of this client, unless what it returns was. */
  protected givenUpBy(
    signal: AbortSignal | undefined,
    giveUp: (reason: unknown) => void,
  ): () => void {
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

  protected override refuse(): void {
    super.refuse();
    for (const giveUp of [...this.#waits]) giveUp(closed());
  }

  /**
   * As `wait`, for who bounds it, and traces its errors.
   *
   * @param pick what it throws is what the wait fails with. It is called also for an answer that crosses
   * the cancellation: then nobody waits for it any more.
   */
  protected ask<T>(
    fields: string,
    options: NoticedOptions,
    pick: (reply: Reply, wanted: boolean) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const { purpose, signal, onNotice = warn } = options;
      const { connection } = this.link;
      const about = purpose === undefined ? '' : `,"purpose":${purposeText(purpose)}`;
      const { line, waitMs } = this.#waiting(fields + about, options);
      this.check(line, signal);
      let wanted = true;
      const cancel = () => connection.tell(`"action":"cancel","request":${id}`);
      const ended = this.givenUpBy(signal, (reason) => {
        wanted = false;
        connection.notices.delete(id);
        cancel();
        reject(reason);
      });
      const settle = () => {
        connection.notices.delete(id);
        ended();
      };
      const id = connection.send(
        line,
        {
          resolve: (reply) => {
            settle();
            try {
              resolve(pick(reply, wanted));
            } catch (error) {
              reject(error);
            }
          },
          reject: (error) => {
            settle();
            wanted = false;
            // When it wakes, it is to know that nobody waits any more.
            if ((error as BrokerError).code === 'broker_unresponsive') cancel();
            reject(error);
          },
        },
        waitMs,
      );
      connection.notices.set(id, onNotice);
    });
  }

  /** The request with how long it may wait. */
  #waiting(fields: string, { timeout, atMost }: WaitOptions): { line: string; waitMs: number } {
    let line = fields;
    let waitMs = this.link.welcome.maxWaitMs;
    if (timeout !== undefined) {
      waitMs = durationMs(timeout, 'timeout', 0);
      line += `,"timeout":${waitMs}`;
    }
    if (atMost !== undefined) {
      const mostMs = durationMs(atMost, 'atMost', 0);
      waitMs = Math.min(waitMs, mostMs);
      line += `,"atMost":${mostMs}`;
    }
    return { line, waitMs };
  }
}

/** @throws BrokerError `bad_option`. */
export function checkWait(options: WaitOptions, own: readonly string[]): void {
  checkOptions(options, [...own, 'timeout', 'atMost', 'signal']);
  checkSignal(options.signal);
}
