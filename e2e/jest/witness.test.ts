import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import { peak } from '../journal.ts';
import { JestProject, NOTICES } from './run.ts';

const FILES = 12;
const TESTS = 10 * FILES;
const ACCOUNTS = 5;

test.each<[RunnerVersion, string, string[]]>([
  ['jest-30', 'processes', []],
  ['jest-30', 'threads', ['--workerThreads']],
  ['jest-30', 'in band', ['--runInBand']],
  ['jest-29', 'processes', []],
  ['jest-29', 'threads', ['--workerThreads']],
])(
  '%s, %s: no account is held by two tests at once, by the witness of the file system',
  async (version, how, args) => {
    const project = await JestProject.copy('jest-witness', await installation(version));
    for (let n = 1; n <= FILES; n++) {
      const file = join(project.directory, `file-${n}.test.js`);
      await writeFile(file, "require('./suite.js').suite();\n");
    }
    const run = await project.run(args);
    expect(run.code, run.output).toBe(0);
    expect(run.passed).toBe(TESTS);
    expect(run.output).not.toMatch(NOTICES);
    const journal = await project.journal();
    expect(peak(journal)).toBeLessThanOrEqual(ACCOUNTS);
    expect(journal.filter(({ type }) => type === 'grant')).toHaveLength(TESTS);
    const ends = journal.filter(({ type }) => type === 'end');
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['released']));
    if (how !== 'in band') {
      expect(peak(journal)).toBeGreaterThanOrEqual(ACCOUNTS - 1);
      // Else nothing was contended, and nothing proved.
      expect(journal.some(({ type }) => type === 'wait')).toBe(true);
    }
    await project.remove();
  },
);
