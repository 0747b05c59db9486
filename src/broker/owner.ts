import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform.ts';

/** The owner file's name, in the broker's directory. */
export const OWNER_NAME = 'owner.json';
/** What the owner file is called while it is being written. */
export const UNFINISHED_OWNER_NAME = 'owner.json.tmp';
/** Far above what an owner takes: two paths, a few numbers. */
const MAX_OWNER_BYTES = 16_384;

/** The process that a broker's directory belongs to, and by what to tell whether it still lives. */
export interface Owner {
  pid: number;
  /** Tells the process from a later one with the same id. */
  startTime?: string;
  /** Tells this boot from an earlier one. */
  bootId?: string;
  /** Tells in which name space the pid means something: a container that shares the directory has other pids. */
  pidNamespace?: string;
  /** Tells whether the boot is one of this host: on a shared file system another host's boot is no earlier one. */
  host: string;
  /** Of this package. */
  version: string;
  /** Where the broker listens. */
  pipe: string;
  /** Where its process was started, for people who have to tell brokers apart. */
  cwd?: string;
}

/** `dead` and `alive` are proved; `unknown` is what remains. */
export type Verdict = 'alive' | 'dead' | 'unknown';

export function ownerAt(
  platform: Platform,
  pipe: string,
  version: string,
  pid = process.pid,
): Owner {
  const { bootId, pidNamespace, host } = platform;
  const startTime = platform.processAt(pid)?.startTime;
  const cwd = workingDirectory();
  return {
    pid,
    ...(startTime === undefined ? {} : { startTime }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    host,
    version,
    pipe,
    ...(cwd === undefined ? {} : { cwd }),
  };
}

/** None where it has been removed. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * Whether the owner still lives, as far as it can be proved from here.
 *
 * `dead` needs one of: an earlier boot of this host; or, where pids mean the same here as there, no
 * process with its pid, or one that began at another time. What the system does not tell, or what
 * comes from another host or pid namespace, proves nothing.
 */
export function verdictOn(owner: Owner, platform: Platform): Verdict {
  if (owner.bootId !== platform.bootId) {
    const bothKnown = owner.bootId !== undefined && platform.bootId !== undefined;
    return bothKnown && owner.host === platform.host ? 'dead' : 'unknown';
  }
  // The same boot id is the same kernel, whatever names containers give their hosts.
  if (owner.bootId === undefined && owner.host !== platform.host) return 'unknown';
  if (owner.pidNamespace !== platform.pidNamespace) return 'unknown';
  const found = platform.processAt(owner.pid);
  if (!found) return 'dead';
  if (owner.startTime === undefined || found.startTime === undefined) return 'unknown';
  return owner.startTime === found.startTime ? 'alive' : 'dead';
}

/** A reader sees the whole file or none. Returns what it now holds. */
export function writeOwner(directory: string, owner: Owner): string {
  const text = `${JSON.stringify(owner)}\n`;
  const unfinished = join(directory, UNFINISHED_OWNER_NAME);
  writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
  renameSync(unfinished, join(directory, OWNER_NAME));
  return text;
}

/** What the owner file holds; undefined: there is none. Throws where that cannot be known, or it is no such file. */
export function readOwnerText(directory: string): string | undefined {
  const path = join(directory, OWNER_NAME);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isFile() || stat.size > MAX_OWNER_BYTES) throw new Error(`${path} is no owner file`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The owner in `text`; undefined where it holds none. */
export function parseOwner(text: string): Owner | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  const owner = fields as Owner;
  // Zero and negative numbers would be groups of processes, not one.
  if (!Number.isInteger(owner.pid) || owner.pid < 1 || owner.pid > 0x7fffffff) return undefined;
  for (const name of ['host', 'version', 'pipe'] as const) {
    if (typeof owner[name] !== 'string') return undefined;
  }
  for (const name of ['startTime', 'bootId', 'pidNamespace', 'cwd'] as const) {
    if (owner[name] !== undefined && typeof owner[name] !== 'string') return undefined;
  }
  return owner;
}
