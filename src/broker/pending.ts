import { badRequest } from '../protocol/errors.ts';
import type { Exchange } from './exchange.ts';

/** The requests of a session that wait, by their ids: how each is cancelled. */
export class Pending {
  readonly #cancels = new Map<string, () => void>();

  /** @throws BrokerError `bad_request`. Of two that wait with one id, which would a `cancel` mean? */
  check({ id }: Exchange): void {
    if (id === undefined || !this.#cancels.has(id)) return;
    throw badRequest(`A request with the id ${id} waits already.`);
  }

  /** Until it is answered. Without an id it cannot be cancelled. */
  add(exchange: Exchange, cancel: () => void): void {
    const { id } = exchange;
    if (id === undefined || exchange.answered) return;
    this.#cancels.set(id, cancel);
    exchange.whenAnswered(() => this.#cancels.delete(id));
  }

  /** Without effect where nothing waits by that id: its answer is on the way. */
  cancel(id: string): void {
    this.#cancels.get(id)?.();
  }
}
