import { clearTimeout as clear, setTimeout as set } from 'node:timers';

/**
 * Time as it is, whatever a test does to its globals: taken when this module is evaluated, before a
 * test can put fake timers in their place.
 */
export const setTimer: (callback: () => void, ms: number) => NodeJS.Timeout = set;
export const clearTimer: (timer: NodeJS.Timeout | undefined) => void = clear;
export const nextTick: (callback: () => void) => void = process.nextTick.bind(process);
/** Milliseconds, monotonic. */
export const now: () => number = performance.now.bind(performance);
