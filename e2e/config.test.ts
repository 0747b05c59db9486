import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nodeOf } from './installation.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

test('configs load on a Node that strips types itself, TypeScript among them', async () => {
  const node = await nodeOf(24);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { stdout } = await run(node, [vitest, 'run', 'src/config', '--reporter=json'], {
    cwd: root,
  });
  const report = JSON.parse(stdout);
  expect([report.numFailedTests, report.numPendingTests]).toEqual([0, 0]);
  expect(report.numPassedTests).toBeGreaterThan(0);
});
