import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { NEWEST, PlaywrightProject } from './run.ts';

const run = promisify(execFile);

/** What is in the trace of each test. */
async function tracesIn(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.'));
  return Promise.all(
    names.map(async (name) => {
      const place = join(directory, name);
      await run('python3', ['-m', 'zipfile', '-e', join(place, 'trace.zip'), place]);
      return readFile(join(place, 'test.trace'), 'utf8');
    }),
  );
}

test('the example passes in Chromium: one login for each account, and waits in the traces', async () => {
  const project = await PlaywrightProject.copy(
    'examples/playwright',
    await installation(...NEWEST),
  );
  const { code, output, passed } = await project.run(['--trace=on'], {
    EPHEMERAL_JOURNAL: join(project.directory, 'journal.jsonl'),
  });
  expect(code, output).toBe(0);
  expect(passed).toBe(12);
  expect(output).not.toMatch(/warning/i);
  // Two accounts; and one more, where a test came after the one that logs out.
  expect(Number(/The shop saw (\d+) logins/.exec(output)![1])).toBeLessThanOrEqual(3);

  const traces = await tracesIn(join(project.directory, 'test-results'));
  expect(traces).toHaveLength(12);
  const grants = (await project.journal()).filter(({ type }) => type === 'grant');
  const waits = grants.filter(({ waitedMs }) => Number(waitedMs) >= 200);
  // Else nothing was waited for, and nothing proved.
  expect(waits).not.toEqual([]);
  const told = traces.filter((trace) =>
    /waited .{3,9}s for pool 'accounts', held by playwright worker \d/.test(trace),
  );
  expect(told.length).toBeGreaterThanOrEqual(waits.length);
  await project.remove();
});
