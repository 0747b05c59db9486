import { NOTICE_MS } from '../protocol/limits.ts';

/** To tell a wait means to look at all that could end it: thousands at once would keep the others. */
export const NOTICES_PER_SWEEP = 100;

/** Those who wait and have not been told why it takes long, the oldest first. */
export class SlowWaits<T extends { readonly since: number }> {
  readonly #untold = new Set<T>();

  add(waiting: T): void {
    this.#untold.add(waiting);
  }

  /** It waits no more. Without effect on one that has been told. */
  remove(waiting: T): void {
    this.#untold.delete(waiting);
  }

  /** Has those told who have waited for `NOTICE_MS`, each once. */
  sweep(now: number, tell: (waiting: T) => void): void {
    let left = NOTICES_PER_SWEEP;
    for (const waiting of this.#untold) {
      if (now - waiting.since < NOTICE_MS || left-- === 0) return;
      this.#untold.delete(waiting);
      tell(waiting);
    }
  }
}
