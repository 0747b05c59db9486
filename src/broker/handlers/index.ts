import type { Request } from '../../protocol/messages.ts';
import type { Exchange } from '../exchange.ts';
import type { Session } from '../session.ts';
import { barrier } from './barriers.ts';
import {
  cancel,
  lease,
  leaseAll,
  lock,
  pools,
  release,
  renew,
  retire,
  revoke,
  semaphore,
  slot,
} from './leases.ts';
import { limit } from './limits.ts';
import { once, settle } from './once.ts';
import { value } from './provided.ts';
import { bye, ping } from './session.ts';
import { status } from './status.ts';
import { del, get, incr, list, set, touch } from './values.ts';

/**
 * Answers one action. Returns the fields of the reply as JSON text that begins with a comma (or
 * nothing), or undefined when it answers through the exchange, now or later. Throws a BrokerError
 * to refuse.
 */
export type Handler = (
  request: Request,
  session: Session,
  exchange: Exchange,
) => string | undefined;

export type Handlers = ReadonlyMap<string, Handler>;

/** Handlers are named after the actions of the wire. */
export const HANDLERS: Handlers = new Map(
  Object.entries<Handler>({
    get,
    set,
    del,
    touch,
    incr,
    list,
    lease,
    leaseAll,
    lock,
    semaphore,
    slot,
    once,
    settle,
    value,
    renew,
    release,
    retire,
    revoke,
    cancel,
    pools,
    status,
    limit,
    barrier,
    ping,
    bye,
  }),
);
