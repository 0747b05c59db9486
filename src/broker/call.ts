import type { BrokerError } from '../protocol/errors.ts';
import type { Exchange } from './exchange.ts';

/** Those of a session that have not been answered, by the ids of their requests. Without an id there is one at most: no further line is taken meanwhile. */
export type Calls = Map<string | undefined, Call>;

/**
 * A request that waits for what runs beside the broker. It is answered once: with what that comes
 * to, or with why it is given up.
 */
export class Call {
  readonly #exchange: Exchange;
  readonly #calls: Calls;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = new AbortController();
  #ended = false;

  /**
   * @param late what it is given up with, after `timeoutMs`.
   */
  constructor(
    exchange: Exchange,
    calls: Calls,
    timeoutMs: number,
    late: (timeoutMs: number) => BrokerError,
  ) {
    this.#exchange = exchange;
    this.#calls = calls;
    this.#timer = setTimeout(() => this.giveUp(late(timeoutMs)), timeoutMs).unref();
    calls.set(exchange.id, this);
  }

  /** Aborts when it is given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs `answer`, unless it has been answered. */
  end(answer: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#calls.delete(this.#exchange.id);
    clearTimeout(this.#timer);
    answer();
  }

  giveUp(reason: BrokerError): void {
    this.end(() => this.#exchange.fail(reason));
    this.#abort.abort(reason);
  }
}
