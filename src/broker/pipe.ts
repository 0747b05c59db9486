import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DIRECTORY_VARIABLE } from '../protocol/environment.ts';
import { BrokerError } from '../protocol/errors.ts';
import {
  CONTENTS,
  claimParent,
  clearDirectory,
  look,
  makeDirectory,
  SOCKET_NAME,
  socketUnder,
} from './directory.ts';
import { type Owner, ownerAt, writeOwner } from './owner.ts';
import type { Platform } from './platform.ts';
import { writeSecret } from './secret.ts';

/** An address that no other broker has or had, and the directory that says whose it is. */
export interface Pipe {
  /** What to listen on, and what workers connect to. Nothing is there yet. */
  readonly path: string;
  /** Holds the owner file, the secret, and on UNIX the socket. */
  readonly directory: string;
  /**
   * Removes the socket, the secret, the owner file and the directory, and the parent if that is empty then.
   * Synchronous, for exit handlers; never throws; may be called again. Only what this pipe made: a
   * directory that has come in its place, or one that was given another owner, is left alone.
   */
  remove(): void;
}

/** What the directory says of the broker: the package's version, and the secret where there is one. */
interface Made {
  version: string;
  secret?: string | undefined;
}

/** What every name of ours begins with on Windows. */
export const WINDOWS_PIPE_PREFIX = '\\\\.\\pipe\\ephemeral-broker-';
/** Another broker's end can take away the empty parent just before we are in it; so often in a row only by a fault. */
const MAX_TRIES = 8;

/**
 * Makes the address of a broker that is about to start, its owner file written: from then on no
 * sweep takes it while this process lives.
 *
 * On UNIX the socket goes into a fresh directory that only this user can open, so the mode of the
 * socket itself does not matter, and nothing is ever listened on twice. On Windows the name has 128
 * random bits, and only the owner file is in a directory. A name taken there all the same
 * (EADDRINUSE) is someone's trap: `remove()` this pipe and make another.
 *
 * The secret is beside the owner file, and there before it.
 *
 * The parents are tried in order; one that is missing, another user's, a link, open to others
 * beyond cure, or too long is passed over. Nothing is made up in their place: no later start would
 * find it and sweep it.
 *
 * @throws BrokerError `bad_address` where no parent can be used, with the reason for each.
 */
export function createPipe(platform: Platform, made: Made): Pipe {
  const refusals: string[] = [];
  for (const parent of platform.parents) {
    try {
      return createIn(parent, platform, made);
    } catch (error) {
      refusals.push(`${parent}: ${(error as Error).message}.`);
    }
  }
  throw new BrokerError(
    'bad_address',
    `There is no safe place for the broker's ${platform.kind === 'windows' ? 'owner file' : 'socket'}. ${refusals.join(' ')} Remove what is in the way, or set ${DIRECTORY_VARIABLE} to a directory of your own with a short path.`,
    { directories: [...platform.parents] },
  );
}

function createIn(parent: string, platform: Platform, { version, secret }: Made): Pipe {
  const name = platform.kind === 'windows' ? randomName() : undefined;
  const bytes = Buffer.byteLength(name ?? socketUnder(parent));
  if (bytes > platform.maxPathBytes) {
    throw new Error(
      `the address would take ${bytes} bytes, and ${platform.maxPathBytes} is the most on this system`,
    );
  }
  for (let left = MAX_TRIES; ; left--) {
    try {
      claimParent(parent, platform);
      const directory = makeDirectory(parent, platform);
      const path = name ?? join(directory, SOCKET_NAME);
      return owned(directory, path, ownerAt(platform, path, version), secret, platform);
    } catch (error) {
      if (left === 1 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function owned(
  directory: string,
  path: string,
  owner: Owner,
  secret: string | undefined,
  platform: Platform,
): Pipe {
  const fresh = look(directory, platform);
  if (!fresh) throw new Error('something else came in the place of a new directory');
  const seen = { ...fresh, names: CONTENTS };
  try {
    if (secret !== undefined) writeSecret(directory, secret);
    const text = writeOwner(directory, owner);
    let removed = false;
    return {
      path,
      directory,
      remove() {
        if (!removed) removed = clearDirectory({ ...seen, owner: text });
      },
    };
  } catch (error) {
    clearDirectory(seen);
    throw error;
  }
}

const randomName = (): string => `${WINDOWS_PIPE_PREFIX}${randomBytes(16).toString('hex')}`;
