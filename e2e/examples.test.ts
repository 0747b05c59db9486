import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { environment } from './project.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

test.each([
  ['vitest', /Tests {2}12 passed/],
  ['jest', /Tests: +12 passed/],
  ['playwright', /12 passed/],
  ['wdio', /3 passed, 3 total[\s\S]*The shop saw [1-3] logins\./],
  ['plugin', /Tests {2}4 passed/],
  ['aws-sts', /Tests {2}7 passed[\s\S]*STS was asked 1 time\(s\), and refused 0\./],
])('npm run example %s: passes in the repository itself', async (name, passed) => {
  const { stdout, stderr } = await run('npm', ['run', 'example', name], {
    cwd: root,
    env: environment(),
  });
  expect(stdout + stderr).toMatch(passed);
});
