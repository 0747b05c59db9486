import type { BrokerError } from '../../protocol/errors.ts';
import type { Notice, Request } from '../../protocol/messages.ts';
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

/** What any wait tells who asked. */
export const waitOutcome = (session: Session, exchange: Exchange) => ({
  refused: (error: BrokerError) => exchange.fail(error),
  slow: (message: string) => tellNotice(session, exchange, 'slow', message),
});
