import type { Answer, Middleware, RequestContext } from '../config/middleware.ts';
import { formatMs } from '../protocol/duration.ts';
import { BrokerError, warn } from '../protocol/errors.ts';
import { MIDDLEWARE_MS } from '../protocol/limits.ts';
import { failureOf } from './beside.ts';
import type { Exchange } from './exchange.ts';
import { thrownBy } from './thrown.ts';

/**
 * Takes one request through the middleware, one within the other, to its handler. Where none of it
 * awaits anything before `next`, the handler has run when this returns.
 *
 * The reply is not in their hands: it goes out when the handler gives it, so that no grant is held
 * up, or lost by what somebody throws after it.
 *
 * @param handle never throws.
 */
export function throughMiddleware(
  middleware: readonly Middleware[],
  exchange: Exchange,
  context: RequestContext,
  handle: () => void,
): Answer | Promise<Answer> {
  const goOn = (place: number): Answer | Promise<Answer> => {
    // Somebody may go on when the request was given up on.
    if (!exchange.answered) {
      const each = middleware[place];
      if (each) enter(each, place);
      else handle();
    }
    return exchange.answer;
  };
  const enter = (each: Middleware, place: number): void => {
    const name = `The middleware ${each.name || `number ${place + 1}`}`;
    let timer: NodeJS.Timeout | undefined;
    let passed = false;
    const next = () => {
      if (passed) throw new Error('next() was called twice');
      passed = true;
      clearTimeout(timer);
      return goOn(place + 1);
    };
    const failed = (error: unknown) => {
      clearTimeout(timer);
      if (passed || exchange.answered) warn(failureOf(name, error));
      else exchange.fail(thrownBy(name, error, middlewareFailed));
    };
    const ended = () => {
      if (!passed) failed(new Error('it neither called next() nor threw an error'));
    };
    try {
      const running = each(exchange.request, context, next);
      if (!isThenable(running)) return ended();
      if (!passed) {
        const late = new Error(`it did not call next() within ${formatMs(MIDDLEWARE_MS)}`);
        timer = setTimeout(failed, MIDDLEWARE_MS, late).unref();
      }
      running.then(ended, failed);
    } catch (error) {
      failed(error);
    }
  };
  return goOn(0);
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';

const middlewareFailed = (message: string) => new BrokerError('middleware_failed', message);
