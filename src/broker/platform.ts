import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { posix, win32 } from 'node:path';
import { DIRECTORY_VARIABLE } from '../protocol/environment.ts';

/**
 * All in which the systems differ, as far as a broker's address and owner go. Only this file asks
 * which system it is on; the rest goes by these facts, so every branch can be tested on any system.
 */
export interface Platform {
  /** `unix`: sockets in the file system. `windows`: pipes with a name space of their own. */
  readonly kind: 'unix' | 'windows';
  /** The longest address that can be listened on: a socket's path in bytes, a pipe's whole name (ASCII) in characters. */
  readonly maxPathBytes: number;
  /** The user that files made here belong to; undefined where files have no such mark. */
  readonly uid: number | undefined;
  /** The directories of this user that hold one directory per broker, the preferred first. They need not exist. */
  readonly parents: readonly string[];
  /** The host's name: tells owners apart that share a directory over a network. */
  readonly host: string;
  /** This boot of this kernel; undefined where the system does not tell. */
  readonly bootId: string | undefined;
  /** The name space in which process ids mean something; undefined where there is only one, or it is not told. */
  readonly pidNamespace: string | undefined;
  /** What is known of the process with this id; undefined: there is none, or it is dead and only not reaped. */
  processAt(pid: number): ProcessFacts | undefined;
}

export interface ProcessFacts {
  /** When it began, comparable within one boot; undefined where the system does not tell. */
  startTime: string | undefined;
}

/** What a platform is made of. Reads give undefined for what is not there or may not be read. */
export interface System {
  os: NodeJS.Platform;
  env: Record<string, string | undefined>;
  tmpDir: string;
  uid: number | undefined;
  pid: number;
  host: string;
  read(path: string): string | undefined;
  readLink(path: string): string | undefined;
  /** The user that a directory belongs to; undefined also for a link. */
  ownerOf(directory: string): number | undefined;
  /** Sends no signal; throws as `process.kill` does. */
  probe(pid: number): void;
}

export const currentPlatform = (): Platform =>
  platformOf({
    os: process.platform,
    env: process.env,
    tmpDir: tmpdir(),
    uid: process.geteuid?.(),
    pid: process.pid,
    host: hostname(),
    read: (path) => attempt(() => readFileSync(path, 'utf8')),
    readLink: (path) => attempt(() => readlinkSync(path)),
    ownerOf: (directory) =>
      attempt(() => {
        const stat = lstatSync(directory);
        return stat.isDirectory() ? stat.uid : undefined;
      }),
    probe: (pid) => process.kill(pid, 0),
  });

export function platformOf(system: System): Platform {
  if (system.os === 'win32') {
    return {
      kind: 'windows',
      maxPathBytes: 256,
      uid: undefined,
      // The temporary directory is each user's own there.
      parents: chosenParent(system, win32) ?? [win32.join(system.tmpDir, 'ephemeral-broker')],
      host: system.host,
      bootId: undefined,
      pidNamespace: undefined,
      processAt: (pid) => (isPresent(system, pid) ? { startTime: undefined } : undefined),
    };
  }
  const linux = system.os === 'linux' || system.os === 'android';
  return {
    kind: 'unix',
    // `sun_path` is 108 bytes on Linux and 104 on macOS and the BSDs, one of them for the final zero.
    maxPathBytes: linux ? 107 : 103,
    uid: system.uid,
    parents: chosenParent(system, posix) ?? unixParents(system),
    host: system.host,
    bootId: linux ? system.read('/proc/sys/kernel/random/boot_id')?.trim() : undefined,
    pidNamespace: linux ? system.readLink('/proc/self/ns/pid') : undefined,
    processAt: (pid) => {
      if (!isPresent(system, pid)) return undefined;
      return linux ? linuxProcess(system, pid) : { startTime: undefined };
    },
  };
}

/** In a directory of our own, which comes and goes. A wrong choice is not made good elsewhere: who made it looks for brokers there. */
const chosenParent = ({ env }: System, { join, resolve }: typeof posix): string[] | undefined => {
  const chosen = env[DIRECTORY_VARIABLE];
  return chosen ? [join(resolve(chosen), 'ephemeral-broker')] : undefined;
};

function unixParents({ env, tmpDir, uid, ownerOf }: System): string[] {
  const parents: string[] = [];
  const runtimeDir = env.XDG_RUNTIME_DIR;
  // Under `sudo` the variable may still name the caller's directory: what root made there would bar the caller.
  if (runtimeDir && posix.isAbsolute(runtimeDir) && ownerOf(runtimeDir) === uid) {
    parents.push(posix.join(runtimeDir, 'ephemeral-broker'));
  }
  // `/tmp` beside the temporary directory: the latter may be too long for a socket's path.
  for (const directory of new Set([posix.resolve(tmpDir), '/tmp'])) {
    parents.push(posix.join(directory, `ephemeral-broker-${uid}`));
  }
  return parents;
}

/** A process that may not be signalled is there. */
function isPresent(system: System, pid: number): boolean {
  try {
    system.probe(pid);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** By `/proc/<pid>/stat` (proc(5)): the state is its third field, the start time in ticks since boot its 22nd. */
function linuxProcess(system: System, pid: number): ProcessFacts | undefined {
  // A /proc mounted for another pid namespace describes other processes under the same numbers.
  if (system.readLink('/proc/self') !== String(system.pid)) return { startTime: undefined };
  const stat = system.read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : { startTime: fields?.[19] };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
