// npm run bench:suites [-- --only vitest,jest] [--runs 8] [--files 40] [--work 5]; see README.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { install, pack, run } from './packed.mjs';

/**
 * @typedef {typeof import('./suites/vitest.mjs')} Suite
 * @typedef {{ wall: number, cpu: number }} Spent In milliseconds.
 */

const TESTS_PER_FILE = 5;
const KINDS = ['without', 'with'];

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'vitest,jest,playwright' },
    runs: { type: 'string', default: '8' },
    files: { type: 'string', default: '40' },
    // Of each test, in milliseconds.
    work: { type: 'string', default: '5' },
  },
});
const FILES = Number(options.files);
const RUNS = Number(options.runs);

const WORK = `function work() {
  const until = performance.now() + ${options.work};
  while (performance.now() < until);
}
`;
const CONFIG = `export default {
  pools: { accounts: ['ann', 'bob', 'cat', 'dan', 'eve'].map((user) => ({ user })) },
};
`;

const { place, tarball } = pack();

for (const name of options.only.split(',')) {
  /** @type {Suite} */
  const suite = await import(`./suites/${name}.mjs`);
  const directory = join(place, name);
  mkdirSync(directory);
  install(directory, tarball, suite.dependencies);
  for (const kind of KINDS) lay(suite, join(directory, kind), kind === 'with');
  /** @type {Record<string, Spent[]>} */
  const runs = { without: [], with: [] };
  // The first run warms the caches; and another one goes first each time.
  for (let n = 0; n <= RUNS; n++) {
    for (const kind of n % 2 ? KINDS : [...KINDS].reverse()) {
      const spent = time(suite, join(directory, kind));
      if (n > 0) runs[kind]?.push(spent);
    }
  }
  report(name, runs);
}

/** @type {(suite: Suite, directory: string, broker: boolean) => void} */
function lay(suite, directory, broker) {
  mkdirSync(directory);
  const files = {
    ...suite.config(broker),
    'work.mjs': `export ${WORK}`,
    'work.js': `exports.work = ${WORK}`,
    'broker.config.mjs': CONFIG,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const tests = Array.from(
    { length: TESTS_PER_FILE },
    (_, i) => `test('buys ${i}', async (${suite.argument}) => {
  work();
  expect(account.user).toMatch(/^[a-z]+$/);
});
`,
  );
  for (let n = 0; n < FILES; n++) {
    const file = join(directory, suite.fileName.replace('NAME', `file-${n}`));
    writeFileSync(file, suite.file(tests.join('')));
  }
}

/** @type {(suite: Suite, cwd: string) => Spent} */
function time(suite, cwd) {
  const cpuBefore = cpuOfChildren();
  const since = performance.now();
  run(cwd, suite.command);
  const wall = performance.now() - since;
  return { wall, cpu: cpuOfChildren() - cpuBefore };
}

/** Milliseconds of all processes that have ended, and that somebody waited for. */
function cpuOfChildren() {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** @type {(name: string, runs: Record<string, Spent[]>) => void} */
function report(name, runs) {
  for (const what of /** @type {const} */ (['wall', 'cpu'])) {
    const [without, those] = KINDS.map((kind) => runs[kind].map((spent) => spent[what]));
    const ratios = those.map((ms, i) => ms / without[i]);
    const perFile = (/** @type {number[]} */ values) => (median(values) / FILES).toFixed(1);
    console.log(
      `${name.padEnd(10)} ${what.padEnd(4)} ${median(ratios).toFixed(3)} × (${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}), a file ${perFile(without)} → ${perFile(those)} ms; ${RUNS} pairs, ${FILES} files, ${TESTS_PER_FILE} tests of ${options.work} ms each`,
    );
  }
}

/** @type {(values: number[]) => number} */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
