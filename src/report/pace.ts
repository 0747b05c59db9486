import type { Machine } from './journal-file.ts';

/**
 * How fast each of so many workers at work goes; 1: as fast as it would go alone.
 *
 * Each is taken to need the same part of a processor, one at most, now and then, and to queue for it
 * with the others. That part is the one by which the run would have used as much as it did.
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
    atWorkMs.reduce((sum, ms, atWork) => sum + ms * busyBy(atWork, part, ours), 0) / total;
  let [low, high] = [0, MOST];
  for (let i = 0; i < BISECTIONS; i++) {
    const part = (low + high) / 2;
    if (used(part) < own) low = part;
    else high = part;
  }
  const speeds = atWorkMs.map((_, atWork) =>
    atWork === 0 ? 1 : Math.min(1, busyBy(atWork, high, ours) / (atWork * high)),
  );
  return (atWork) => speeds[atWork]!;
}

/** Of a processor: what needs all of it never comes back to ask for more. */
const MOST = 0.99;
/** Of 1: to a thousandth. */
const BISECTIONS = 10;

/**
 * How many processors so many workers keep busy in the mean, of each of which that part would be
 * computing if it were alone: the machine repairman's queue.
 */
function busyBy(workers: number, part: number, processors: number): number {
  let [likely, all, busy] = [1, 1, 0];
  for (let computing = 1; computing <= workers; computing++) {
    const running = Math.min(computing, processors);
    likely *= ((workers - computing + 1) * part) / ((1 - part) * running);
    // As many as there are, and none of them too large for a number.
    if (likely > 1e100) [likely, all, busy] = [1, all / likely, busy / likely];
    all += likely;
    busy += likely * running;
  }
  return busy / all;
}
