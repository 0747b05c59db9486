/**
 * Seeds one bug at a time into a copy of the tree and expects the tests to turn red.
 *
 *     node scripts/mutants.mjs [--jobs=N] [words of a mutant's name or file]
 *
 * Exits with 1 where a mutant survives, or where its text is not found once in its file: a mutant
 * that no longer applies proves nothing.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from './mutants.data.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** What a test may need of the tree. */
const COPIED = [
  'src',
  'fixtures',
  'integrations',
  'examples/aws-sts',
  'scripts/page.ts',
  'docs/cli.md',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
/** A mutant may loop for ever: that is red as well. */
const HANGS_AFTER_MS = 120_000;
/** Programs of each model test: enough to come to all that they should, and fewer than usual. */
const MODEL_RUNS = '3000';

const args = process.argv.slice(2);
const jobs = Number(args.find((arg) => arg.startsWith('--jobs='))?.slice(7) ?? 1);
const words = args.filter((arg) => !arg.startsWith('--'));
const chosen = MUTANTS.filter(({ bug, file }) => words.every((w) => `${bug} ${file}`.includes(w)));

async function copyOfTheTree() {
  const home = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const path of COPIED) {
    await cp(join(ROOT, path), join(home, path), { recursive: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'), 'junction');
  return home;
}

/** Runs test files until the first failure: `green`, `red` with what failed first, or `broken` where nothing ran. */
async function runTests(home, tests) {
  const report = join(home, 'report.json');
  await rm(report, { force: true });
  const vitest = join(home, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['run', '--bail=1', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [vitest, ...options, ...tests], {
    cwd: home,
    env: { MODEL_RUNS, ...process.env },
    stdio: 'ignore',
    // A group of its own, so that its workers can be stopped with it.
    detached: process.platform !== 'win32',
  });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  }, HANGS_AFTER_MS);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  if (hung) return { verdict: 'red', by: 'it hangs' };
  const { testResults = [] } = await readFile(report, 'utf8').then(JSON.parse, () => ({}));
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.find(({ status }) => status === 'failed');
  if (failed) return { verdict: 'red', by: failed.fullName };
  // Others may be for another system.
  const passed = all.some(({ status }) => status === 'passed');
  return { verdict: passed && child.exitCode === 0 ? 'green' : 'broken', by: '' };
}

async function tryMutant({ file, find, replace, tests }, home) {
  const path = join(home, file);
  const source = await readFile(path, 'utf8').catch(() => '');
  const found = source.split(find).length - 1;
  if (found !== 1) return { verdict: 'stale', by: `its text is in ${file} ${found} times` };
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
  const result = await runTests(home, tests);
  await writeFile(path, source);
  return result;
}

const homes = await Promise.all(Array.from({ length: jobs }, copyOfTheTree));
try {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const untouched = tests.length > 0 ? await runTests(homes[0], tests) : { verdict: 'no test' };
  if (untouched.verdict !== 'green') {
    console.error(`Without a mutant the tests are ${untouched.verdict}: ${untouched.by ?? ''}`);
    process.exitCode = 1;
  } else {
    const queue = [...chosen];
    const bad = [];
    const work = async (home) => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const { verdict, by } = await tryMutant(mutant, home);
        const mark = { red: 'caught  ', green: 'SURVIVED', broken: 'BROKEN  ', stale: 'STALE   ' };
        if (verdict !== 'red') bad.push(mutant);
        console.log(
          `${mark[verdict]} | ${mutant.file.padEnd(24)} | ${mutant.bug}${by ? ` | ${by}` : ''}`,
        );
      }
    };
    await Promise.all(homes.map(work));
    console.log(`\n${chosen.length - bad.length} of ${chosen.length} caught.`);
    if (bad.length > 0) process.exitCode = 1;
  }
} finally {
  for (const home of homes) await rm(home, { recursive: true, force: true });
}
