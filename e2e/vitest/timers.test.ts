import { expect, inject, test } from 'vitest';
import { POOLS, Project } from './run.ts';

/** The client is first used when a test file has put fake timers in place. */
test.each([...POOLS.map((pool) => [`--pool=${pool}`]), ['--no-isolate']])(
  'fake timers stop no renewal: %s',
  async (arg) => {
    const project = await Project.copy('vitest-timers', inject('vitest4'));
    const run = await project.run([arg]);
    expect([run.code, run.passed], run.output).toEqual([0, 2]);
    await project.remove();
  },
);
