import type { Machine } from './journal-file.ts';

/**
 * How fast each of so many workers at work goes; 1: as fast as it can.
 *
 * Each is taken to need the same part of a processor, one at most, and all to share what there is.
 * That part is the one by which the run would have used as much as it did.
 *
 * @param atWorkMs for how long how many workers were at work.
 */
export function speedOf(
  { processors, own, others }: Machine,
  atWorkMs: readonly number[],
): (atWork: number) => number {
  const total = atWorkMs.reduce((sum, ms) => sum + ms, 0);
  // Others leave us half, if they have to: they fill what we leave free as well.
  const ours = Math.max(processors - others, processors / 2);
  const used = (part: number) =>
    atWorkMs.reduce((sum, ms, atWork) => sum + ms * Math.min(ours, part * atWork), 0) / total;
  let [low, high] = [0, 1];
  for (let i = 0; i < BISECTIONS; i++) {
    const part = (low + high) / 2;
    if (used(part) < own) low = part;
    else high = part;
  }
  return (atWork) => Math.min(1, ours / (atWork * high));
}

/** Of 1: to a thousandth. */
const BISECTIONS = 10;
