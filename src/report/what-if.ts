import { speedOf } from './pace.ts';
import { type Replayed, replay } from './replay.ts';
import type { PoolUse, Timeline } from './timeline.ts';
import { workloadOf } from './workload.ts';

/** How a run would have gone with more or fewer resources in one pool, all else as it was. */
export interface WhatIf {
  pool: string;
  /** As it was. */
  size: number;
  /** By size, rising; the size that it had among them. */
  predictions: Prediction[];
  /** More would have saved something. */
  saves: boolean;
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

/** Of what is spent on a lease, by a replay: so much it takes to make the workload. */
const WORKLOAD = 10;
/** On leases, of all replays: about a millisecond. */
const SPENT_PER_MS = 900;
/** It is the runner's main thread that replays, when the run ends. */
const MOST_MS = 200;
/** Of a run that took so long that nobody notices. */
const MOST_OF_RUN = 0.002;

/**
 * For each pool of the config, and each semaphore, that was used; of a journal that has lost its
 * start, nothing. Pools for which there is no time are left out.
 *
 * @param among the pools that it is asked of, the first ones first. Default: all.
 * @param mostMs what it may take, about. Default: 200 ms, or 1/500 of the run.
 */
export function whatIf(
  timeline: Timeline,
  among?: ReadonlySet<string>,
  mostMs = Math.max(MOST_MS, MOST_OF_RUN * (timeline.to - timeline.from)),
): WhatIf[] {
  const { pools, leases, truncated, machine } = timeline;
  const observed = timeline.to - timeline.from;
  const spent = (SPENT_PER_MS * mostMs) / leases.length;
  const inTime = Math.floor((spent - WORKLOAD) / (2 * REACH));
  const asked = [...(among ?? pools.map(({ name }) => name))]
    .map((name) => pools.findIndex((pool) => pool.name === name))
    .filter((index) => isCounted(pools[index]))
    .slice(0, Math.max(0, inTime));
  // Of a run whose start is missing, nobody knows what it did.
  if (truncated || asked.length === 0) return [];
  const workload = workloadOf(timeline);
  const sizes = workload.pools.map(({ size }) => size);
  const asItWas = replay(workload, sizes);
  if (!asItWas) return [];
  const speed = machine ? speedOf(machine, asItWas.atWorkMs) : () => 1;
  // What each step would take if all were as fast as they can.
  const delaysMs = replay(workload, sizes, speed)!.tookMs;
  const again = (other: number[]) =>
    replay(workload, other, (atWork) => 1 / speed(atWork), delaysMs);
  const base = again(sizes);
  if (!base) return [];
  return asked.map((index) => {
    const { name, size } = pools[index]!;
    const predictions: Prediction[] = [];
    let replayed: Replayed | undefined;
    for (let other = Math.max(1, size - REACH); other <= size + REACH; other++) {
      if (other === size) replayed = base;
      // Where nobody waits for it, more of it changes nothing.
      else if (!replayed || replayed.waitedFor[index]) replayed = again(sizes.with(index, other));
      // What the replay of the run as it was lacks, all replays lack.
      const runMs = replayed && Math.max(0, observed + replayed.ms - base.ms);
      predictions.push({ size: other, runMs });
    }
    return { pool: name, size, predictions, ...told(name, size, observed, predictions) };
  });
}

const isCounted = (pool: PoolUse | undefined): boolean =>
  pool !== undefined && (pool.kind === 'pool' || pool.kind === 'semaphore') && pool.peak > 0;

function told(
  name: string,
  size: number,
  observed: number,
  predictions: readonly Prediction[],
): Pick<WhatIf, 'saves' | 'sentence'> {
  const least = NOTHING * observed;
  const larger = predictions.filter((each) => each.size > size && each.runMs !== undefined);
  const best = Math.min(observed, ...larger.map(({ runMs }) => runMs!));
  const enough = larger.find(({ runMs }) => runMs! - best < least);
  if (enough && observed - best >= least) {
    const more = enough.size - size;
    const further = more < REACH ? `; a ${ordinal(more + 1)} nothing` : '';
    const sentence = `${name}: ${more} more would have saved about ${seconds(observed - enough.runMs!)} of ${seconds(observed)}${further}`;
    return { saves: true, sentence };
  }
  const fewer = predictions.find(
    (each) => each.size < size && each.runMs !== undefined && each.runMs - observed < least,
  );
  const further = fewer ? `, and ${size - fewer.size} fewer would have cost nothing` : '';
  return { saves: false, sentence: `${name}: more would have saved nothing${further}` };
}

/** Of 2 to 8. */
const ordinal = (n: number): string => `${n}${{ 2: 'nd', 3: 'rd' }[n] ?? 'th'}`;

/** `41 s`, `3.4 s`, `0.25 s`. */
function seconds(ms: number): string {
  const s = ms / 1000;
  return `${s >= 10 ? Math.round(s) : s >= 1 ? s.toFixed(1) : s.toFixed(2)} s`;
}
