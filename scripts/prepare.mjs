import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the built package is made of. */
const SOURCES = [
  'src',
  'integrations',
  'fixtures',
  'package.json',
  'tsconfig.json',
  'tsconfig.types.json',
  'tsconfig.wdio.json',
  'tsup.config.ts',
  'scripts/build.mjs',
  'scripts/page.ts',
];

/** Runs a command in the project's root, its output shown; whether it succeeded. */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/** What a package's command is called, where it is not as the package. @type {Record<string, string>} */
const COMMANDS = { 'chromium-driver': 'chromedriver' };

/** What the tests need beside Node: installed by apt where that takes no password, else told. */
export function system() {
  const needed = [
    'python3',
    'zsh',
    'fish',
    ...(process.env.CHROMIUM ? [] : ['chromium']),
    ...(process.env.CHROMEDRIVER ? [] : ['chromium-driver']),
  ];
  const missing = needed.filter(
    (name) => spawnSync(COMMANDS[name] ?? name, ['--version'], { stdio: 'ignore' }).error,
  );
  if (missing.length === 0) return true;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (/** @type {string[]} */ ...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return run(/** @type {string} */ (command), rest);
  };
  if (apt('update') && apt('install', '-y', '--no-install-recommends', ...missing)) return true;
  console.error(`Missing: ${missing.join(', ')}. On Debian: apt-get install ${missing.join(' ')}`);
  return false;
}

/** Installs the dependencies where they are missing or older than the lock file. */
export const install = () =>
  changed('node_modules/.package-lock.json') >= changed('package-lock.json') ||
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);

/** Builds where a source is newer than what the build writes last. */
export const build = () =>
  changed('dist/types-cjs/package.json') > Math.max(...SOURCES.map(changed)) ||
  run('npm', ['run', '--silent', 'build']);

/** When the newest file in it was changed; 0 where there is nothing. */
function changed(place) {
  const path = join(ROOT, place);
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => changed(join(place, name))));
}
