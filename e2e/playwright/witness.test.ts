import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { peak } from '../journal.ts';
import { NEWEST, NEWEST_NODE, PlaywrightProject } from './run.ts';

const FILES = 20;
const TESTS = 10 * FILES;
const ACCOUNTS = 5;

test.each([NEWEST, NEWEST_NODE])(
  '%s on Node %i: no account is held by two tests at once, by the witness of the file system',
  async (version, node) => {
    const project = await PlaywrightProject.copy(
      'playwright-witness',
      await installation(version, node),
    );
    for (let n = 1; n <= FILES; n++) {
      const file = join(project.directory, `file-${n}.spec.js`);
      await writeFile(file, "import { suite } from './suite.js';\n\nsuite();\n");
    }
    const run = await project.run();
    const journal = await project.journal();
    expect(run.code, run.output).toBe(0);
    expect(run.attempts).toHaveLength(TESTS);
    expect(run.attempts.filter(({ status }) => status === 'passed')).toHaveLength(TESTS);
    expect(run.output).not.toMatch(/warning/i);
    expect(peak(journal)).toBeLessThanOrEqual(ACCOUNTS);
    expect(peak(journal)).toBeGreaterThanOrEqual(ACCOUNTS - 1);
    expect(journal.filter(({ type }) => type === 'grant')).toHaveLength(TESTS);
    const ends = journal.filter(({ type }) => type === 'end');
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['released']));
    // Else nothing was contended, and nothing proved.
    expect(journal.some(({ type }) => type === 'wait')).toBe(true);
    await project.remove();
  },
);
