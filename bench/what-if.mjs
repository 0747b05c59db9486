// npm run bench:what-if [-- --only demo] [--runs 3]: what the replay of a journal foretells, beside
// real runs of those sizes. Ends with 1 where it is wrong by more than 15 %.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { install, pack, run } from './packed.mjs';
import { aligned, median } from './report.mjs';
import { SUITES } from './what-if/suites.mjs';

/** @typedef {import('./what-if/suites.mjs').Suite} Suite */

const VITEST = '4.1.12';
const TOLERANCE = 0.15;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: SUITES.map(({ name }) => name).join() },
    // Of each size: other work on the machine disturbs single ones.
    runs: { type: 'string', default: '3' },
  },
});
const RUNS = Number(options.runs);
const chosen = options.only.split(',').map((only) => {
  const suite = SUITES.find(({ name }) => name === only);
  if (!suite) throw new Error(`There is no suite '${only}'.`);
  return suite;
});

const { place, tarball } = pack();
const { parseJournal, timelineOf, whatIf } = await report();
install(place, tarball, { vitest: VITEST });

let worst = 0;
for (const suite of chosen) {
  const { name, about, pool, base, sizes } = suite;
  const cwd = join(place, name);
  suite.lay(cwd);
  /** @type {Map<number, any[]>} */
  const runs = new Map(sizes.map((size) => [size, []]));
  for (let n = 0; n < RUNS; n++) {
    // Another one goes first each time.
    const order = sizes.map((_, i) => sizes[(i + n) % sizes.length]);
    for (const size of order) runs.get(size)?.push(timelineOf(journalOf(suite, cwd, size)));
  }
  const told = (runs.get(base) ?? []).map((timeline) =>
    whatIf(timeline).find((/** @type {{ pool: string }} */ each) => each.pool === pool),
  );
  const rows = sizes.map((size) => {
    const foretold = median(
      told.map(
        ({ predictions }) =>
          predictions.find((/** @type {{ size: number }} */ each) => each.size === size).runMs,
      ),
    );
    const measured = (runs.get(size) ?? []).map(({ from, to }) => to - from);
    const error = foretold / median(measured) - 1;
    worst = Math.max(worst, Math.abs(error));
    const range = [Math.min(...measured), Math.max(...measured)].map(seconds).join('–');
    return [
      `${pool} ${size}`,
      seconds(foretold),
      `${seconds(median(measured))} (${range})`,
      percent(error),
    ];
  });
  const machines = [...runs.values()].flat().map(({ machine }) => machine);
  const [own, others] = ['own', 'others'].map((who) =>
    median(machines.map((machine) => machine[who] / machine.processors)),
  );
  console.log(`\n${name}: ${about}; medians of ${RUNS}`);
  console.log(told[0].sentence);
  console.log(aligned([['', 'foretold, s', 'measured, s', 'error'], ...rows]).trimEnd());
  console.log(
    `  It kept the machine ${percent(own)} busy, and others ${percent(others)}; load ${loadavg()[0]?.toFixed(1)}.`,
  );
}
console.log(`\nThe largest error is ${percent(worst)}.`);
if (worst > TOLERANCE) process.exitCode = 1;

/** The room that reads journals, which the package does not export. */
async function report() {
  const outfile = join(place, 'report.mjs');
  const names = ['journal-file', 'timeline', 'what-if'];
  const contents = names.map((name) => `export * from './${name}.ts';`).join('\n');
  const stdin = { contents, resolveDir: fileURLToPath(new URL('../src/report', import.meta.url)) };
  await build({ stdin, bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'error' });
  return import(pathToFileURL(outfile).href);
}

/** @type {(suite: Suite, cwd: string, size: number) => object} */
function journalOf({ give, command }, cwd, size) {
  give(cwd, size);
  const journal = join(cwd, 'journal');
  run(cwd, command, { EPHEMERAL_JOURNAL: journal });
  return parseJournal(readFileSync(journal, 'utf8'), journal);
}

/** @type {(part: number) => string} */
function percent(part) {
  return `${(part * 100).toFixed(1)} %`;
}

/** @type {(ms: number) => string} */
function seconds(ms) {
  return (ms / 1000).toFixed(2);
}
