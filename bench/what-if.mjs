// npm run bench:what-if: what the replay of a journal foretells, beside real runs of those sizes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { install, pack, run } from './packed.mjs';

const VITEST = '4.1.12';
const TOLERANCE = 0.15;

/**
 * Tests that wait for something else than this machine, as most do that need a pool. `base`: the
 * sizes of the run that is replayed; `sizes`: what the first pool is given.
 *
 * @typedef {{ name: string, workers: number, files: number, tests: number, base: Record<string, number>, sizes: number[], body: (n: number) => string }} Shape
 * @type {Shape[]}
 */
const SHAPES = [
  {
    name: 'short tests, one scarce pool',
    workers: 6,
    files: 12,
    tests: 24,
    base: { accounts: 1 },
    sizes: [1, 2, 3, 6],
    body: () => `await sleep(10); await broker.lease('accounts'); await sleep(40);`,
  },
  {
    name: 'long tests, two pools',
    workers: 6,
    files: 12,
    tests: 4,
    base: { accounts: 2, tenants: 3 },
    sizes: [1, 2, 3, 6],
    body: (n) => `await sleep(${100 + (n % 3) * 100});
      await broker.lease('accounts'); await sleep(200);
      await broker.lease('tenants'); await sleep(${200 + (n % 4) * 50});`,
  },
];

const { place, tarball } = pack();
const { parseJournal, timelineOf, whatIf } = await report();
install(place, tarball, { vitest: VITEST });

let worst = 0;
for (const [index, shape] of SHAPES.entries()) {
  const cwd = join(place, `shape-${index}`);
  lay(shape, cwd);
  const [pool] = Object.keys(shape.base);
  const base = timelineWith(cwd, shape.base);
  const told = whatIf(base).find((/** @type {{ pool: string }} */ each) => each.pool === pool);
  console.log(`\n${shape.name}; ${shape.workers} workers. ${told.sentence}`);
  for (const size of shape.sizes) {
    const { from, to } = timelineWith(cwd, { ...shape.base, [String(pool)]: size });
    const { runMs } = told.predictions.find(
      (/** @type {{ size: number }} */ each) => each.size === size,
    );
    const error = runMs / (to - from) - 1;
    worst = Math.max(worst, Math.abs(error));
    console.log(
      `  ${pool} ${size}: foretold ${(runMs / 1000).toFixed(2)} s, measured ${((to - from) / 1000).toFixed(2)} s, ${(error * 100).toFixed(1)} %`,
    );
  }
}
console.log(`\nThe largest error is ${(worst * 100).toFixed(1)} %.`);
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

/** @type {(shape: Shape, cwd: string) => void} */
function lay({ workers, files, tests, body }, cwd) {
  mkdirSync(cwd);
  const config = {
    test: { maxWorkers: workers, testTimeout: 60_000, globalSetup: 'ephemeral-broker/vitest' },
  };
  writeFileSync(join(cwd, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};`);
  for (let n = 0; n < files; n++) {
    const all = Array.from(
      { length: tests },
      (_, i) => `test('works ${i}', async ({ broker }) => {\n${body(n)}\n});`,
    );
    const head = `import { setTimeout as sleep } from 'node:timers/promises';
import { test as base } from 'vitest';
import { brokerFixtures } from 'ephemeral-broker/vitest';
const test = base.extend(brokerFixtures);\n`;
    writeFileSync(join(cwd, `file-${n}.test.mjs`), head + all.join('\n'));
  }
}

/** @type {(cwd: string, sizes: Record<string, number>) => { from: number, to: number }} */
function timelineWith(cwd, sizes) {
  const pools = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [
      name,
      Array.from({ length: size }, (_, i) => `${name} ${i}`),
    ]),
  );
  writeFileSync(join(cwd, 'broker.config.mjs'), `export default ${JSON.stringify({ pools })};`);
  const journal = join(cwd, 'journal');
  run(cwd, ['vitest/vitest.mjs', 'run'], { EPHEMERAL_JOURNAL: journal });
  return timelineOf(parseJournal(readFileSync(journal, 'utf8'), journal));
}
