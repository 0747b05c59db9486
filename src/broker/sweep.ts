import { setImmediate } from 'node:timers/promises';
import { brokerDirectories, clearDirectory, look, type Seen } from './directory.ts';
import { refusesConnect } from './knock.ts';
import { parseOwner, verdictOn } from './owner.ts';
import type { Platform } from './platform.ts';
import { pipeOf } from './running.ts';

/**
 * A directory without an owner file is left alone for this long: its broker is about to write one,
 * which takes it well under a millisecond. Safety does not rest on it (the wall clock may jump):
 * a broker whose directory goes before it has written its owner makes another.
 */
const GRACE_MS = 60_000;
/** Looked at in one sweep. A crash leaves one, so this is far more than come together between two starts. */
const MAX_DIRECTORIES = 64;
/** No directory is begun after this long. */
const MAX_SWEEP_MS = 1_000;

export interface SweepOptions {
  graceMs?: number;
  maxDirectories?: number;
  maxMs?: number;
  /** From 0 up to 1; where in the listing to begin. */
  random?: () => number;
}

/**
 * Removes what brokers left behind that died without cleaning up: to be called at each broker's
 * start, and not to be waited for there.
 *
 * A directory goes only where its owner is proved dead *and* a connect to its socket is refused;
 * without a readable owner, where it is older than the grace and a connect is refused. A refusal
 * alone proves nothing: a broker between making its directory and listening, or between closing and
 * exiting, refuses too. Any number of sweeps and starts may run at once.
 *
 * Never rejects. Bounded in directories and in time; where there are more than it may look at, it
 * begins at a random one, so that none is for ever behind others that must stay. Between two
 * directories it lets the event loop run.
 *
 * @returns the directories that are gone.
 */
export async function sweepDead(
  platform: Platform,
  {
    graceMs = GRACE_MS,
    maxDirectories = MAX_DIRECTORIES,
    maxMs = MAX_SWEEP_MS,
    random = Math.random,
  }: SweepOptions = {},
): Promise<string[]> {
  const gone: string[] = [];
  const until = performance.now() + maxMs;
  const directories = [...brokerDirectories(platform)];
  const first = directories.length > maxDirectories ? Math.floor(random() * directories.length) : 0;
  const inTurn = [...directories.slice(first), ...directories.slice(0, first)];
  for (const directory of inTurn.slice(0, maxDirectories)) {
    await setImmediate();
    if (performance.now() >= until) break;
    try {
      const seen = look(directory, platform);
      const pipe = seen && suspectPipe(seen, platform, graceMs);
      if (pipe === undefined) continue;
      if ((await refusesConnect(pipe)) && clearDirectory(seen!)) gone.push(directory);
    } catch {
      // Gone meanwhile, or it cannot be read: then nothing is proved.
    }
  }
  return gone;
}

/** Where to knock at the broker of a directory that looks dead; undefined: it does not. */
function suspectPipe(seen: Seen, platform: Platform, graceMs: number): string | undefined {
  const owner = seen.owner === undefined ? undefined : parseOwner(seen.owner);
  const isSuspect = owner
    ? verdictOn(owner, platform) === 'dead'
    : Date.now() - seen.changedAt > graceMs;
  return isSuspect ? pipeOf(seen, owner, platform) : undefined;
}
