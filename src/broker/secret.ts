import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform.ts';

/** The name of the file with the run's secret, in the broker's directory. There is none where authentication is off. */
export const SECRET_NAME = 'secret';
const SECRET = /^[0-9a-f]{64}$/;

/** For this user's other processes: the directory is closed to all others, and so is the file. */
export function writeSecret(directory: string, secret: string): void {
  writeFileSync(join(directory, SECRET_NAME), secret, { mode: 0o600, flag: 'wx' });
}

/** The secret in a broker's directory; undefined where there is none, or what is there is not ours alone. */
export function readSecret(directory: string, { uid }: Platform): string | undefined {
  const path = join(directory, SECRET_NAME);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > 64) return undefined;
  if (uid !== undefined && (stat.uid !== uid || (stat.mode & 0o077) !== 0)) return undefined;
  const text = readFileSync(path, 'utf8');
  return SECRET.test(text) ? text : undefined;
}
