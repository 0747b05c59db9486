// Every version of every runner on every Node: installs and builds where needed, and prints a table.
import { build, install, run } from './prepare.mjs';

const args = ['vitest', 'run', '--config', 'e2e/vitest.config.ts', 'matrix'];
const ran =
  install() && build() && run('npx', [...args, ...process.argv.slice(2)], { MATRIX: 'all' });
process.exitCode = ran ? 0 : 1;
