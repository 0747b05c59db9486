import type { Arrival } from '../../core/barriers.ts';
import type { Turn } from '../../core/rate-limits.ts';
import type { Waiter } from '../../core/waiters.ts';
import { badRequest } from '../../protocol/errors.ts';
import type { Notice, Request } from '../../protocol/messages.ts';
import type { Call } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { spanField } from '../fields.ts';
import type { Session } from '../session.ts';

/** Fields of every request that may wait. */
export const WAIT_FIELDS = ['id', 'action', 'timeout', 'atMost', 'purpose'];

/** How long the request may wait, in milliseconds. */
export const timeoutOf = (request: Request, otherwise: number): number =>
  Math.min(
    spanField(request, 'timeout', 0) ?? otherwise,
    spanField(request, 'atMost', 0) ?? Number.POSITIVE_INFINITY,
  );

/** Of those that wait no two may have one id: which of them would a `cancel` mean? */
export function checkId(id: string | undefined, session: Session): void {
  if (id === undefined) return;
  const waits = waitOf(session, id) ?? arrivalOf(session, id) ?? turnOf(session, id);
  if (!waits && !callOf(session, id)) return;
  throw badRequest(`A request with the id ${id} waits already.`);
}

/** Tells who asked something while it waits. One without an id is told nothing: what would it be of? */
export function tellNotice(
  session: Session,
  { id }: Exchange,
  notice: Notice,
  message: string,
): void {
  if (id === undefined) return;
  session.tell({ event: 'notice', request: JSON.parse(id), notice, message });
}

/** By the id of its request, as JSON. */
export const waitOf = (session: Session, id: string): Waiter | undefined =>
  session.core.waits.find(({ wish }) => wish.id === id);

export const arrivalOf = (session: Session, id: string): Arrival | undefined =>
  session.core.arrivals.find(({ party }) => party.id === id);

export const turnOf = (session: Session, id: string): Turn | undefined =>
  session.core.turns.find(({ ask }) => ask.id === id);

export const callOf = (session: Session, id: string): Call | undefined => session.calls.get(id);
