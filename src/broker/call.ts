import type { BrokerError } from '../protocol/errors.ts';
import type { Exchange } from './exchange.ts';

/**
 * A request that waits for what runs beside the broker. It is answered once: with what that comes
 * to, or with why it is given up.
 */
export class Call {
  readonly #exchange: Exchange;
  readonly #calls: Set<Call>;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = new AbortController();

  /**
   * @param calls those of its session that have not been answered.
   * @param late what it is given up with, after `timeoutMs`.
   */
  constructor(
    exchange: Exchange,
    calls: Set<Call>,
    timeoutMs: number,
    late: (timeoutMs: number) => BrokerError,
  ) {
    this.#exchange = exchange;
    this.#calls = calls;
    this.#timer = setTimeout(() => this.giveUp(late(timeoutMs)), timeoutMs).unref();
    calls.add(this);
  }

  /** Of its request, as JSON. */
  get id(): string | undefined {
    return this.#exchange.id;
  }

  /** Aborts when it is given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs `answer`, unless it has been answered. */
  end(answer: () => void): void {
    if (!this.#calls.delete(this)) return;
    clearTimeout(this.#timer);
    answer();
  }

  giveUp(reason: BrokerError): void {
    this.end(() => this.#exchange.fail(reason));
    this.#abort.abort(reason);
  }
}
