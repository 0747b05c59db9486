import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { VitestProject } from './run.ts';

/**
 * One worker, two files. In the first a test times out and its body sleeps on; the second needs the
 * same accounts.
 */
describe.each(['vitest-4', 'vitest-5'] as const)('%s', (version) => {
  let project: VitestProject;

  beforeAll(async () => {
    project = await VitestProject.copy('vitest-strand', await installation(version));
  });

  afterAll(() => project.remove());

  test.each(['--pool=forks', '--pool=threads'])(
    '%s: the worker of a file ends with it, and so does a lease kept for a body',
    async (pool) => {
      const run = await project.run([pool]);
      expect(run.tests.get('times out')).toMatchObject({ state: 'failed' });
      expect(run.tests.get('account'), run.output).toMatchObject({ state: 'passed' });
      expect(run.tests.get('admin')).toMatchObject({ state: 'passed' });
    },
  );

  test.each([
    '--pool=forks --no-isolate',
    '--pool=threads --no-isolate',
    '--pool=vmForks',
    '--pool=vmThreads',
  ])('%s: the worker goes on, and so does a lease kept for a body', async (args) => {
    const run = await project.run(args.split(' '));
    for (const [name, pool] of [
      ['account', 'accounts'],
      ['admin', 'admins'],
    ]) {
      const { state, message } = run.tests.get(name!)!;
      expect(state, run.output).toBe('failed');
      expect(message).toContain(`for pool '${pool}' (1 in all)`);
      expect(message).toContain("test 'times out' in 1-timeout.test.js");
    }
    expect(run.output).not.toMatch(/close timed out|hanging/);
  });
});
