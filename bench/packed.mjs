// This package as its users have it: packed, installed, and run under a runner.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Builds and packs it, into a new directory that goes with this process. */
export function pack() {
  const place = mkdtempSync(join(tmpdir(), 'eb-bench-'));
  process.once('exit', () => rmSync(place, { recursive: true, force: true }));
  const [{ filename }] = JSON.parse(npm(ROOT, 'pack', '--json', '--pack-destination', place));
  return { place, tarball: join(place, filename) };
}

/** @type {(directory: string, tarball: string, dependencies: Record<string, string>) => void} */
export function install(directory, tarball, dependencies) {
  const all = { ...dependencies, 'ephemeral-broker': `file:${tarball}` };
  const manifest = { private: true, type: 'module', dependencies: all };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  npm(directory, 'install', '--ignore-scripts', '--no-package-lock');
}

/**
 * Runs a script of what is installed in the directory above, to its end; throws where it fails.
 *
 * @type {(cwd: string, command: string[], env?: Record<string, string>) => void}
 */
export function run(cwd, [script, ...args], env = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(cwd, '../node_modules', script), ...args],
    { cwd, encoding: 'utf8', env: { ...process.env, CI: '1', NO_COLOR: '1', ...env } },
  );
  if (status !== 0) throw new Error(`${cwd} failed:\n${stdout}\n${stderr}`);
}

/** @type {(cwd: string, ...args: string[]) => string} */
function npm(cwd, ...args) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  return execFileSync('npm', [...args, ...quiet], { cwd, encoding: 'utf8' });
}
