// One of the examples, from a fresh clone: installs and builds where needed, then runs its suite.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, ROOT, run } from './prepare.mjs';

const examples = join(ROOT, 'examples');
const names = readdirSync(examples).filter((name) =>
  existsSync(join(examples, name, 'package.json')),
);
const [name, ...args] = process.argv.slice(2);

if (names.includes(name)) {
  const there = ['--prefix', join(examples, name)];
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const ran =
    install() &&
    build() &&
    run('npm', ['install', ...there, ...quiet]) &&
    run('npm', ['test', ...there, '--', ...args]);
  process.exitCode = ran ? 0 : 1;
} else {
  console.error(`npm run example NAME, where NAME is one of: ${names.join(', ')}`);
  process.exitCode = 1;
}
