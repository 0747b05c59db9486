import { badRequest } from '../protocol/errors.ts';
import type { Exchange } from './exchange.ts';

/** The requests of a session that wait, by their ids: how each is cancelled. */
export class Pending {
  /** A list, since there are few: a map that much passes through leaves its garbage to a full collection. */
  readonly #waits: { id: string; cancel(): void }[] = [];

  /** @throws BrokerError `bad_request`. Of two that wait with one id, which would a `cancel` mean? */
  check({ id }: Exchange): void {
    if (this.#waits.some((each) => each.id === id)) {
      throw badRequest(`A request with the id ${id} waits already.`);
    }
  }

  /** Until it is answered. Without an id it cannot be cancelled. */
  add(exchange: Exchange, cancel: () => void): void {
    const { id } = exchange;
    if (id === undefined || exchange.answered) return;
    this.#waits.push({ id, cancel });
    exchange.pending = this;
  }

  /** It has been answered. */
  remove({ id }: Exchange): void {
    this.#waits.splice(
      this.#waits.findIndex((each) => each.id === id),
      1,
    );
  }

  /** Without effect where nothing waits by that id: its answer is on the way. */
  cancel(id: string): void {
    this.#waits.find((each) => each.id === id)?.cancel();
  }
}
