import { SHARD_VARIABLE } from '../protocol/environment.ts';
import { BrokerError, quoted } from '../protocol/errors.ts';
import type { Environment } from './find.ts';

/** One of the runs that share the work of a suite; the first is 1. As Playwright's config has it. */
export interface Shard {
  readonly current: number;
  readonly total: number;
}

/** What shards do with a pool: each has a part of its own, or each has all of it. */
export type Sharding = 'split' | 'whole';
export const SHARDINGS: readonly unknown[] = ['split', 'whole'] satisfies Sharding[];

/** Of a run that is not sharded. */
export const ONLY_SHARD: Shard = { current: 1, total: 1 };

/**
 * Which shard this run is: as the runner says, else as `EPHEMERAL_BROKER_SHARD` does, else the only
 * one.
 *
 * @throws BrokerError `bad_option`: the variable names no shard, or another than the runner.
 */
export function shardOf(env: Environment, runner?: Shard | null): Shard {
  const named = env[SHARD_VARIABLE];
  if (!named) return runner ?? ONLY_SHARD;
  const [current, total] = (/^(\d+)\/(\d+)$/.exec(named) ?? []).slice(1).map(Number);
  if (!current || !total || current > total) {
    throw new BrokerError(
      'bad_option',
      `${SHARD_VARIABLE} is ${quoted(named)}: expected which shard of how many this run is, from '1/5' to '5/5' for five of them.`,
    );
  }
  const shard = { current, total };
  // Whichever were taken, a shard elsewhere could have taken the same.
  if (runner && shardName(runner) !== shardName(shard)) {
    throw new BrokerError(
      'bad_option',
      `${SHARD_VARIABLE} is ${quoted(named)}, but the runner's shard is '${shardName(runner)}'. Unset the variable, or give both the same shard.`,
    );
  }
  return shard;
}

/** As the command lines of runners have it: `2/5`. */
export const shardName = ({ current, total }: Shard): string => `${current}/${total}`;

/**
 * The places, in a list of `size` things, of those that are the shard's own. Each place is of one
 * shard, and no shard has two more than another. They are dealt in turn, as cards are: things of a
 * kind mostly stand together in a list, and so each shard gets some of each kind.
 */
export function placesOf(size: number, { current, total }: Shard): number[] {
  const places: number[] = [];
  for (let place = current - 1; place < size; place += total) places.push(place);
  return places;
}
