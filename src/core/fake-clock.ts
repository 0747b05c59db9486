import type { Clock } from './clock.ts';

/** A clock for tests: all three times stand until they are told to go. */
export class FakeClock implements Clock {
  elapsedMs = 0;
  runningMs = 0;
  wallMs = 1_800_000_000_000;

  elapsed(): number {
    return this.elapsedMs;
  }

  running(): number {
    return this.runningMs;
  }

  wall(): number {
    return this.wallMs;
  }

  /** Time passes, and the process runs. */
  advance(ms: number): void {
    this.runningMs += ms;
    this.stall(ms);
  }

  /** Time passes while the process is stopped, or the machine asleep. */
  stall(ms: number): void {
    this.elapsedMs += ms;
    this.wallMs += ms;
  }

  /** Somebody sets the wall clock. */
  setWall(ms: number): void {
    this.wallMs = ms;
  }
}
