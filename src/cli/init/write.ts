import {
  chmodSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Change } from './plan.ts';

/**
 * Writes the files, each as a whole or not at all, and none where one of them is not what it was
 * when the changes were made.
 *
 * @throws what Node throws; and where a file has changed.
 */
export function write(directory: string, changes: readonly Change[]): void {
  for (const { file, before } of changes) {
    if (before && !readFileSync(join(directory, file)).equals(before)) {
      throw new Error(`${file} has changed meanwhile; nothing was written. Run it again.`);
    }
  }
  for (const { file, before, after } of changes) {
    const path = join(directory, file);
    if (before) replace(realpathSync(path), after);
    else writeFileSync(path, after, { flag: 'wx' });
  }
}

function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    chmodSync(beside, statSync(path).mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
