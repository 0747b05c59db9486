import { replay } from './replay.ts';
import type { Timeline } from './timeline.ts';
import { workloadOf } from './workload.ts';

/** How a run would have gone with more or fewer resources in one pool, all else as it was. */
export interface WhatIf {
  pool: string;
  /** As it was. */
  size: number;
  /** By size, rising; the size that it had among them. */
  predictions: Prediction[];
  /** `accounts: 3 more would have saved about 41 s of 190 s; a 4th nothing`. */
  sentence: string;
}

export interface Prediction {
  size: number;
  /** Absent where the run would never have ended. */
  runMs: number | undefined;
}

/** How many more, and how many fewer. */
const REACH = 8;
/** Of the run's time: less is nothing. */
const NOTHING = 0.01;

/**
 * For each pool of the config, and each semaphore, that was used; of a journal that has lost its
 * start, nothing.
 *
 * @param among the pools that it is asked of. Default: all.
 */
export function whatIf(timeline: Timeline, among?: ReadonlySet<string>): WhatIf[] {
  // Of a run whose start is missing, nobody knows what it did.
  if (timeline.truncated) return [];
  const workload = workloadOf(timeline);
  const sizes = workload.pools.map(({ size }) => size);
  const observed = timeline.to - timeline.from;
  // What the replay of the run as it was lacks, all replays lack.
  const base = replay(workload, sizes);
  if (base === undefined) return [];
  return timeline.pools.flatMap(({ name, kind, size, peak }, index) => {
    if ((kind !== 'pool' && kind !== 'semaphore') || peak === 0) return [];
    if (among && !among.has(name)) return [];
    const predictions: Prediction[] = [];
    for (let other = Math.max(1, size - REACH); other <= size + REACH; other++) {
      const ms = other === size ? base : replay(workload, sizes.with(index, other));
      const runMs = ms === undefined ? undefined : Math.max(0, observed + ms - base);
      predictions.push({ size: other, runMs });
    }
    return {
      pool: name,
      size,
      predictions,
      sentence: sentenceOf(name, size, observed, predictions),
    };
  });
}

function sentenceOf(
  name: string,
  size: number,
  observed: number,
  predictions: readonly Prediction[],
): string {
  const least = NOTHING * observed;
  const larger = predictions.filter((each) => each.size > size && each.runMs !== undefined);
  const best = Math.min(observed, ...larger.map(({ runMs }) => runMs!));
  const enough = larger.find(({ runMs }) => runMs! - best < least);
  if (enough && observed - best >= least) {
    const more = enough.size - size;
    const further = more < REACH ? `; a ${ordinal(more + 1)} nothing` : '';
    return `${name}: ${more} more would have saved about ${seconds(observed - enough.runMs!)} of ${seconds(observed)}${further}`;
  }
  const fewer = predictions.find(
    (each) => each.size < size && each.runMs !== undefined && each.runMs - observed < least,
  );
  if (!fewer) return `${name}: more would have saved nothing`;
  return `${name}: more would have saved nothing, and ${size - fewer.size} fewer would have cost nothing`;
}

/** Of 2 to 8. */
const ordinal = (n: number): string => `${n}${{ 2: 'nd', 3: 'rd' }[n] ?? 'th'}`;

/** `41 s`, `3.4 s`, `0.25 s`. */
function seconds(ms: number): string {
  const s = ms / 1000;
  return `${s >= 10 ? Math.round(s) : s >= 1 ? s.toFixed(1) : s.toFixed(2)} s`;
}
