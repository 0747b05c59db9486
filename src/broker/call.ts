import { type BrokerError, cancelled } from '../protocol/errors.ts';
import type { Exchange } from './exchange.ts';
import type { Session } from './session.ts';

/**
 * A request that waits for what runs beside the broker. It is answered once: with what that comes
 * to, or with why it is given up.
 */
export class Call {
  readonly #exchange: Exchange;
  readonly #session: Session;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = new AbortController();
  #ended = false;

  /** @param late what it is given up with, after `timeoutMs`. */
  constructor(exchange: Exchange, session: Session, timeoutMs: number, late: () => BrokerError) {
    this.#exchange = exchange;
    this.#session = session;
    this.#timer = setTimeout(() => this.giveUp(late()), timeoutMs).unref();
    session.calls.add(this);
    session.pending.add(exchange, () => this.giveUp(cancelled()));
  }

  /** Aborts when it is given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs `answer`, unless it has been answered. */
  end(answer: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.calls.delete(this);
    clearTimeout(this.#timer);
    answer();
  }

  giveUp(reason: BrokerError): void {
    this.end(() => this.#exchange.fail(reason));
    this.#abort.abort(reason);
  }
}
