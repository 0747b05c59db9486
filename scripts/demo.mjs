// `npm run demo`, from a fresh clone too: installs and builds what is missing, then runs the demo.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [
  'src',
  'integrations',
  'fixtures',
  'package.json',
  'tsconfig.json',
  'tsup.config.ts',
];

/** When each file under `path` was written, in ms; none where there is no such path. */
function writtenMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [stats.mtimeMs];
  return readdirSync(path).flatMap((name) => writtenMs(join(path, name)));
}

/** Ends this process where the command fails: what follows would only hide its error. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** The npm that started this, else the one on the path. Quiet, except for errors. */
function npm(...args) {
  const cli = process.env.npm_execpath ?? '';
  const quiet = [...args, '--loglevel=error'];
  if (basename(cli).startsWith('npm-cli')) run(process.execPath, [cli, ...quiet]);
  else run('npm', quiet, { shell: process.platform === 'win32' });
}

// npm writes this file last: without it the installation is missing or broken off.
if (!existsSync(join(ROOT, 'node_modules/.package-lock.json'))) {
  console.log('Installing (npm ci)…');
  npm('ci', '--include=dev', '--no-audit', '--no-fund');
}

const built = writtenMs(join(ROOT, 'dist'));
const newest = Math.max(...SOURCES.flatMap((path) => writtenMs(join(ROOT, path))));
if (built.length === 0 || Math.min(...built) < newest) {
  console.log('Building (npm run build)…');
  npm('run', 'build');
}

run(process.execPath, [join(ROOT, 'examples/shop/demo.mjs')]);
