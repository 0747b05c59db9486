import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { Project } from './run.ts';

const run = promisify(execFile);
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = join(dirname(typescript), 'bin', 'tsc');

test.each([
  ['vitest4', '.'],
  ['vitest4', 'unregistered'],
  ['vitest5', '.'],
  ['vitest5', 'unregistered'],
] as const)(
  '%s: the types of fixtures, from the packed declarations (%s)',
  async (version, part) => {
    const project = await Project.copy('vitest-types', inject(version));
    const done = await run(process.execPath, [tsc, '-p', part], { cwd: project.directory }).then(
      () => '',
      ({ stdout }) => stdout,
    );
    expect(done).toBe('');
    await project.remove();
  },
);
