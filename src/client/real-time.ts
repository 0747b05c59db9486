import { clearTimeout as clear, setTimeout as set } from 'node:timers';

/** Time as it is, whatever a test does to its globals. */
interface RealTime {
  setTimer(callback: () => void, ms: number): NodeJS.Timeout;
  clearTimer(timer: NodeJS.Timeout | undefined): void;
  nextTick(callback: () => void): void;
  /** Milliseconds, monotonic. */
  now(): number;
}

/**
 * Taken when this module is first evaluated in a realm, and kept for its further evaluations, which
 * may come when a test has put fake timers in place: with those, a lease would never be renewed.
 */
const REAL_TIME = Symbol.for('ephemeral-broker.real-time');
const realm = globalThis as { [REAL_TIME]?: RealTime };
realm[REAL_TIME] ??= {
  setTimer: set,
  clearTimer: clear,
  nextTick: process.nextTick.bind(process),
  now: performance.now.bind(performance),
};

export const { setTimer, clearTimer, nextTick, now }: RealTime = realm[REAL_TIME];
