// npm run bench:waiters [-- --only holding] [--sizes 10,1000,10000] [--rounds 5]; see README.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { aligned, median } from './report.mjs';
import { CASES } from './waiters/cases.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: '10,1000,10000' },
    rounds: { type: 'string', default: '5' },
  },
});
const SCRIPT = join(import.meta.dirname, 'waiters/measure.mjs');
const sizes = options.sizes.split(',');

const place = mkdtempSync(join(tmpdir(), 'eb-waiters-'));
process.once('exit', () => rmSync(place, { recursive: true, force: true }));
const core = join(place, 'core.mjs');
// dist/ does not export it.
await build({
  stdin: {
    contents: `
      export { FakeClock } from './core/fake-clock.ts';
      export { Journal } from './core/journal.ts';
      export { Leases } from './core/leases.ts';
      export { DEFAULT_LIMITS } from './protocol/limits.ts';
    `,
    resolveDir: fileURLToPath(new URL('../src', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: core,
});

const rows = CASES.filter(({ title }) => title.includes(options.only)).map(
  ({ title, most = Number.POSITIVE_INFINITY }) => {
    const few = sizes.filter((n) => Number(n) <= most);
    const results = measure(title, few);
    const cell = (field) => (n) => {
      if (!few.includes(n)) return '–';
      const us = median(results.map((result) => result[n][field]));
      const ratio = median(results.map((result) => result[n][field] / result[sizes[0]][field]));
      const value = us.toFixed(us < 100 ? 1 : 0);
      return n === sizes[0] ? value : `${ratio.toFixed(2)} (${value})`;
    };
    const unfair = Math.max(...few.flatMap((n) => results.map((result) => result[n].fairness)));
    return [
      title,
      ...sizes.map(cell('release')),
      ...sizes.map(cell('ask')),
      unfair > 0 ? unfair.toFixed(2) : '–',
    ];
  },
);
const head = (what) => sizes.map((n) => `${what}, ${Number(n).toLocaleString('en')}`);
console.log(aligned([['', ...head('release'), ...head('ask'), 'max/min grants'], ...rows]));

function measure(title, few) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--expose-gc', '--single-threaded', SCRIPT, core, title, options.rounds, ...few],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${title}: ${stderr}`);
  return JSON.parse(stdout);
}
