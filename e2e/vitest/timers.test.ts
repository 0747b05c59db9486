import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { POOLS, VitestProject } from './run.ts';

/** The client is first used when a test file has put fake timers in place. */
test.each([...POOLS.map((pool) => [`--pool=${pool}`]), ['--no-isolate']])(
  'fake timers stop no renewal: %s',
  async (arg) => {
    const project = await VitestProject.copy('vitest-timers', await installation('vitest-4'));
    const run = await project.run([arg]);
    expect([run.code, run.passed], run.output).toEqual([0, 2]);
    await project.remove();
  },
);
