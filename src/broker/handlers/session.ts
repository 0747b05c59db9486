import type { Handler } from './index.ts';

export const ping: Handler = () => '';

/** A clean goodbye; the end of a socket does not tell one from a crash. */
export const bye: Handler = (_request, session, exchange) => {
  exchange.ok();
  session.end();
  return undefined;
};
