import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import { peak } from '../journal.ts';
import { POOLS, type Pool, VitestProject } from './run.ts';

const FILES = 20;
const TESTS = 10 * FILES;
const ACCOUNTS = 5;

async function runWitness(version: RunnerVersion, ...args: string[]) {
  const project = await VitestProject.copy('vitest-witness', await installation(version));
  for (let n = 1; n <= FILES; n++) {
    const file = join(project.directory, `file-${n}.test.js`);
    await writeFile(file, "import { suite } from './suite.js';\n\nsuite();\n");
  }
  const run = await project.run(args);
  const journal = await project.journal();
  const tests = run.tests;
  expect(run.code, run.output).toBe(0);
  expect(run.passed).toBe(TESTS);
  await project.remove();
  return { tests, journal };
}

describe.each<['vitest-4' | 'vitest-5', Pool, ...string[]]>([
  ...POOLS.map((pool): ['vitest-4', Pool] => ['vitest-4', pool]),
  ['vitest-4', 'forks', '--no-isolate'],
  ['vitest-5', 'forks'],
  ['vitest-5', 'vmThreads'],
])('%s, %s %s', (version, pool, ...args) => {
  test('no account is held by two tests at once, by the witness of the file system', async () => {
    const { journal } = await runWitness(version, `--pool=${pool}`, ...args);
    expect(peak(journal)).toBeLessThanOrEqual(ACCOUNTS);
    expect(peak(journal)).toBeGreaterThanOrEqual(ACCOUNTS - 1);
    expect(journal.filter(({ type }) => type === 'grant')).toHaveLength(TESTS);
    const ends = journal.filter(({ type }) => type === 'end');
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['released']));
    // Else nothing was contended, and nothing proved.
    expect(journal.some(({ type }) => type === 'wait')).toBe(true);
  });
});
