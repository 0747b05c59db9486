import type { Connection } from './connection.ts';

/**
 * Connections with unsent output, in the order in which they got some: a grant written before the
 * reply to the release that made it possible also leaves first.
 */
export class Outbox {
  #waiting: Connection[] = [];
  #scheduled = false;

  /** Its output leaves with the next `flush`, or on its own at the end of this turn. */
  add(connection: Connection): void {
    this.#waiting.push(connection);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const connection of waiting) connection.flush();
  }
}
