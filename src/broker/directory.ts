import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { OWNER_NAME, readOwnerText, UNFINISHED_OWNER_NAME } from './owner.ts';
import type { Platform } from './platform.ts';
import { SECRET_NAME } from './secret.ts';

/** The socket's name in a broker's directory. Short: macOS leaves little room. */
export const SOCKET_NAME = 's';
/** All that a broker makes in its directory. The owner file last: as long as anything is there, so is what it is judged by. */
export const CONTENTS: readonly string[] = [
  SOCKET_NAME,
  SECRET_NAME,
  UNFINISHED_OWNER_NAME,
  OWNER_NAME,
];
const PREFIX = 'b-';
const NAME = /^b-[A-Za-z0-9]{6}$/;

/** A broker's directory as it was when it was looked at; removing it later removes nothing else. */
export interface Seen {
  readonly directory: string;
  readonly dev: number;
  readonly ino: number;
  /** When something was last added to it or taken out, by the wall clock. */
  readonly changedAt: number;
  /** What the owner file held; undefined: there was none. */
  readonly owner: string | undefined;
  /** What was in it. */
  readonly names: readonly string[];
}

/** Where the socket of a broker under `parent` will be, to the byte in length. */
export const socketUnder = (parent: string): string => join(parent, `${PREFIX}XXXXXX`, SOCKET_NAME);

/**
 * Makes sure of the parent: a real directory, ours, which nobody else can open. Made if it is
 * missing. One that is ours but open to others is closed to them: what they may have put in is
 * never taken for a broker's, since it is theirs.
 *
 * @throws Error that says why it cannot be used.
 */
export function claimParent(parent: string, platform: Platform): void {
  try {
    mkdirSync(parent, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const why = whyForeign(parent, platform);
  if (why) throw new Error(why);
  if (platform.uid === undefined || permissions(parent) === 0o700) return;
  chmodSync(parent, 0o700);
  if (isOpenToOthers(parent)) throw new Error('other users can open it');
}

/**
 * A new directory under a random name, readable by us alone.
 *
 * @throws Error also where the parent went: a broker that ends takes an empty one with it.
 */
export function makeDirectory(parent: string, platform: Platform): string {
  const directory = mkdtempSync(join(parent, PREFIX));
  if (platform.uid !== undefined && isOpenToOthers(directory)) {
    rmdirSync(directory);
    throw new Error('other users can open what is made in it');
  }
  return directory;
}

/** The directories of this user's brokers, dead ones too; none where there is nothing, or the parent is not ours. */
export function* brokerDirectories(platform: Platform): Generator<string> {
  for (const parent of platform.parents) {
    for (const name of namesIn(parent, platform)) {
      if (NAME.test(name)) yield join(parent, name);
    }
  }
}

/** Looks at a broker's directory; undefined where it is a link or another user's. Throws where it is gone, or cannot be read. */
export function look(directory: string, platform: Platform): Seen | undefined {
  if (whyForeign(directory, platform)) return undefined;
  const { dev, ino, mtimeMs } = lstatSync(directory);
  const owner = readOwnerText(directory);
  return { directory, dev, ino, changedAt: mtimeMs, owner, names: readdirSync(directory) };
}

/**
 * Removes a broker's directory with what a broker makes in it, and the parent if it is empty then.
 *
 * Follows no link, and removes nothing where another directory or another owner has come in the
 * place of what was seen. Of what a broker makes, only what was seen goes, and the directory only
 * when nothing else is in it: where a broker is just about to write its owner, either that write
 * fails or the directory stays. Never throws.
 *
 * @returns whether it is gone.
 */
export function clearDirectory({ directory, dev, ino, owner, names }: Seen): boolean {
  try {
    const stat = lstatSync(directory);
    if (!stat.isDirectory() || stat.ino !== ino || stat.dev !== dev) return false;
    const ownerNow = readOwnerText(directory);
    if (ownerNow !== undefined && ownerNow !== owner) return false;
    for (const name of CONTENTS) if (names.includes(name)) unlinkIfThere(join(directory, name));
    rmdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
  }
  try {
    rmdirSync(dirname(directory));
  } catch {
    // Other brokers are in it.
  }
  return true;
}

function whyForeign(path: string, { uid }: Platform): string | undefined {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return 'it is a link';
  if (!stat.isDirectory()) return 'it is not a directory';
  if (uid !== undefined && stat.uid !== uid) return `it belongs to another user (uid ${stat.uid})`;
  return undefined;
}

const permissions = (path: string): number => lstatSync(path).mode & 0o777;
export const isOpenToOthers = (path: string): boolean => (permissions(path) & 0o077) !== 0;

function namesIn(parent: string, platform: Platform): string[] {
  try {
    return whyForeign(parent, platform) ? [] : readdirSync(parent);
  } catch {
    return [];
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
