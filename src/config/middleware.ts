import type { BrokerError } from '../protocol/errors.ts';
import type { Identity, Request } from '../protocol/messages.ts';
import { type Problems, within } from './problems.ts';

/** Who asks. */
export interface RequestContext {
  /** The number of the client's session: from 1, in the order of their coming. */
  session: number;
  identity: Readonly<Identity>;
}

/** How a request was answered; not what with. */
export type Answer = { ok: true } | { ok: false; error: BrokerError };

/** Hands the request on, as it is now. To be called once: only a second call throws, an error is an answer. */
export type Next = () => Answer | Promise<Answer>;

/**
 * Sees each request of a client that has proved itself, before its handler does: inspects it,
 * changes it, or refuses it by what it throws (a `BrokerError` with a code such as `team/read_only`
 * reaches the caller as it is). It has to call `next` or throw, within 10 s.
 *
 * What it does after `next` is up to it; the reply does not wait for that. One that awaits nothing
 * before `next` costs no turn of the event loop; where one does await, further requests of that
 * client wait, so that they stay in order.
 */
export type Middleware = (request: Request, context: RequestContext, next: Next) => unknown;

/** What is wrong with the middleware of a config goes to `problems`. */
export function resolveMiddleware(given: unknown, problems: Problems): Middleware[] {
  const middleware = problems.list('middleware', given);
  for (const [index, each] of middleware.entries()) {
    if (typeof each !== 'function') {
      problems.expected(within('middleware', index), 'a function', each);
    }
  }
  return middleware as Middleware[];
}
