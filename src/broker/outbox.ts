import type { Connection } from './connection.ts';

/**
 * Connections with unsent output, in the order in which they got some: a grant written before the
 * reply to the release that made it possible also leaves first.
 */
export class Outbox {
  #waiting: Connection[] = [];
  /** A turn ends with a flush. */
  #inTurn = false;

  /** Its output leaves with the turn, or, where no input is being handled, at the end of this one of the event loop. */
  add(connection: Connection): void {
    this.#waiting.push(connection);
    if (this.#inTurn || this.#waiting.length > 1) return;
    process.nextTick(() => this.flush());
  }

  /** Handles input; what that leads to leaves as it ends. */
  turn(handle: () => void): void {
    this.#inTurn = true;
    try {
      handle();
    } finally {
      this.#inTurn = false;
      this.flush();
    }
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const connection of waiting) connection.flush();
  }
}
