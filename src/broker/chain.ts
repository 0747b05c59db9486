import type { Answer, Middleware, RequestContext } from '../config/middleware.ts';
import { formatMs } from '../protocol/duration.ts';
import { BrokerError, printable } from '../protocol/errors.ts';
import { MIDDLEWARE_MS } from '../protocol/limits.ts';
import { failureOf, thrownBy } from './beside.ts';
import type { Exchange } from './exchange.ts';

/**
 * Takes one request through the middleware, one within the other, to its handler. Where none of it
 * awaits anything before `next`, the handler has run when `run` returns.
 *
 * The reply is not in their hands: it goes out when the handler gives it, so that no grant is held
 * up, or lost by what somebody throws after it.
 */
export class Chain {
  readonly #middleware: readonly Middleware[];
  readonly #exchange: Exchange;
  readonly #context: RequestContext;
  readonly #handle: () => void;

  /** @param handle never throws. */
  constructor(
    middleware: readonly Middleware[],
    exchange: Exchange,
    context: RequestContext,
    handle: () => void,
  ) {
    this.#middleware = middleware;
    this.#exchange = exchange;
    this.#context = context;
    this.#handle = handle;
  }

  /** From the middleware of this place on. */
  run(place = 0): Answer | Promise<Answer> {
    // Somebody may go on when the request was given up on.
    if (!this.#exchange.answered) {
      const middleware = this.#middleware[place];
      if (middleware) this.#enter(middleware, place);
      else this.#handle();
    }
    return this.#exchange.answer;
  }

  #enter(middleware: Middleware, place: number): void {
    const name = `The middleware ${middleware.name || `number ${place + 1}`}`;
    let passed = false;
    const next = () => {
      if (passed) throw new Error('next() was called twice');
      passed = true;
      clearTimeout(timer);
      return this.run(place + 1);
    };
    const failed = (error: unknown) => {
      clearTimeout(timer);
      if (!passed && !this.#exchange.answered) {
        this.#exchange.fail(thrownBy(name, error, middlewareFailed));
      } else process.emitWarning(printable(`ephemeral-broker: ${failureOf(name, error)}`));
    };
    const ended = () => {
      if (!passed) failed(new Error('it neither called next() nor threw an error'));
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      const running = middleware(this.#exchange.request, this.#context, next);
      if (!isThenable(running)) return ended();
      if (!passed) {
        const late = new Error(`it did not call next() within ${formatMs(MIDDLEWARE_MS)}`);
        timer = setTimeout(failed, MIDDLEWARE_MS, late).unref();
      }
      running.then(ended, failed);
    } catch (error) {
      failed(error);
    }
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';

const middlewareFailed = (message: string) => new BrokerError('middleware_failed', message);
