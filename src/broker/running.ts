import { join } from 'node:path';
import type { Address } from '../protocol/environment.ts';
import { brokerDirectories, isOpenToOthers, look, type Seen, SOCKET_NAME } from './directory.ts';
import { refusesConnect } from './knock.ts';
import { type Owner, parseOwner, verdictOn } from './owner.ts';
import { WINDOWS_PIPE_PREFIX } from './pipe.ts';
import type { Platform } from './platform.ts';
import { readSecret } from './secret.ts';

/** A broker of this user that runs. */
export interface RunningBroker {
  readonly pid: number;
  /** Where its process was started. */
  readonly cwd: string | undefined;
  /** By the wall clock. */
  readonly startedAt: number;
  readonly address: Address;
}

/**
 * This user's running brokers, the oldest first. One whose owner is proved dead, or that refuses a
 * connect, does not run; one that is only stopped does.
 */
export async function runningBrokers(platform: Platform): Promise<RunningBroker[]> {
  const directories = [...brokerDirectories(platform)];
  const found = await Promise.all(directories.map((directory) => brokerIn(directory, platform)));
  return found.flatMap((each) => each ?? []).sort((a, b) => a.startedAt - b.startedAt);
}

async function brokerIn(directory: string, platform: Platform): Promise<RunningBroker | undefined> {
  try {
    // Others may have put in what is there.
    if (platform.uid !== undefined && isOpenToOthers(directory)) return undefined;
    const seen = look(directory, platform);
    const owner = seen?.owner === undefined ? undefined : parseOwner(seen.owner);
    if (!owner || verdictOn(owner, platform) === 'dead') return undefined;
    const pipe = pipeOf(seen!, owner, platform);
    // It is written before the owner file: who reads an owner finds it.
    const secret = readSecret(directory, platform);
    if (pipe === undefined || (await refusesConnect(pipe))) return undefined;
    const { pid, cwd } = owner;
    const address = { pipe, ...(secret === undefined ? {} : { secret }) };
    return { pid, cwd, startedAt: seen!.changedAt, address };
  } catch {
    // Gone meanwhile, or it cannot be read.
    return undefined;
  }
}

/** Where a broker listens; undefined: the owner file names no place of ours. */
export function pipeOf(
  { directory }: Seen,
  owner: Owner | undefined,
  { kind }: Platform,
): string | undefined {
  // Beside the file, not where the file says: the directory may be mounted elsewhere here.
  if (kind === 'unix' || !owner) return join(directory, SOCKET_NAME);
  // A connect to whatever name a file holds could be one to another host.
  return owner.pipe.startsWith(WINDOWS_PIPE_PREFIX) ? owner.pipe : undefined;
}
