import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { JestProject, NOTICES } from './run.ts';

const MODULES = { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };

describe.each(['jest-29', 'jest-30'] as const)('%s', (version) => {
  let project: JestProject;

  beforeAll(async () => {
    project = await JestProject.copy('jest-realms', await installation(version));
  });

  afterAll(() => project.remove());

  test.each([
    ['processes', ['--maxWorkers=2']],
    ['threads', ['--maxWorkers=2', '--workerThreads']],
    ['in band', ['--runInBand']],
  ])(
    '%s: values, errors, promises and signals are of the realm of the test, in node and jsdom',
    async (_, args) => {
      const run = await project.run(args, MODULES);
      expect(run.code, run.output).toBe(0);
      expect(run.errors).toEqual([]);
      expect(run.passed).toBe(26);
      expect(run.output).not.toMatch(NOTICES);
    },
  );

  test('one connection per worker, however many files', async () => {
    const sessions = (await project.journal()).filter(({ type }) => type === 'session');
    // The worker's, and those that tests opened themselves.
    expect(sessions).toHaveLength(3);
  });
});
