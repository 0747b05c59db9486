import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Imports the file and evaluates it anew, whatever has been imported before: a runner that watches
 * starts the broker again when the config has changed. What the file imports in turn stays cached.
 */
export function importAnew(file: string): Promise<unknown> {
  forget(file);
  const url = pathToFileURL(file);
  // ES modules are cached by URL.
  url.search = `t=${process.hrtime.bigint()}`;
  return import(/* @vite-ignore */ url.href);
}

/** CommonJS modules, and what a loader makes into them, are cached by path, however they are imported. */
export function forget(file: string): void {
  const { cache } = createRequire(file);
  delete cache[file];
  delete cache[realpathSync(file)];
}
