import { uptime } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { HEARTBEAT_MS } from '../protocol/limits.ts';

/** Of a longer pause between two beats only this much counts as running. */
const MOST_PER_BEAT_MS = 2 * HEARTBEAT_MS;
/** The machine's uptime is told in whole seconds on some systems: less than this is rounding, not sleep. */
const SLEEP_MS = 3_000;

/**
 * The broker's clock. It runs as far as its heart beats: while the process is stopped or its event
 * loop is blocked, running time stands still but for one beat.
 */
export class BrokerClock implements Clock {
  readonly #start = performance.now();
  readonly #upAtStart = uptime() * 1_000;
  /** What the machine slept: the monotonic clock of some systems stands still meanwhile. */
  #slept = 0;
  #running = 0;
  #beatAt = this.#start;

  /** To be called every `HEARTBEAT_MS`. */
  beat(): void {
    this.#running = this.running();
    this.#beatAt = performance.now();
    const slept = uptime() * 1_000 - this.#upAtStart - (this.#beatAt - this.#start);
    if (slept > this.#slept + SLEEP_MS) this.#slept = slept;
  }

  running(): number {
    return this.#running + Math.min(performance.now() - this.#beatAt, MOST_PER_BEAT_MS);
  }

  elapsed(): number {
    return performance.now() - this.#start + this.#slept;
  }

  wall(): number {
    return Date.now();
  }
}
