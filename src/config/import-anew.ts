import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Imports the file and evaluates it anew, whatever has been imported before: a runner that watches
 * starts the broker again when the config has changed. What the file imports in turn stays cached.
 */
export async function importAnew(file: string): Promise<unknown> {
  const require = createRequire(file);
  // CommonJS modules, and what a loader makes into them, are cached by path, however they are imported.
  delete require.cache[file];
  delete require.cache[realpathSync(file)];
  if (file.endsWith('.cjs')) return { default: require(file) };
  const url = pathToFileURL(file);
  // ES modules are cached by URL.
  url.search = `t=${process.hrtime.bigint()}`;
  return import(/* @vite-ignore */ url.href);
}
