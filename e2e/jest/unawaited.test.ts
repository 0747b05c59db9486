import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { JestProject, NOTICES } from './run.ts';

test.each([
  ['jest-29', ['--runInBand']],
  ['jest-29', ['--maxWorkers=2']],
  ['jest-30', ['--runInBand']],
  ['jest-30', ['--maxWorkers=2']],
] as const)(
  '%s %s: a call that nobody awaits fails its own test, and nothing else',
  async (version, args) => {
    const project = await JestProject.copy('jest-unawaited', await installation(version));
    const run = await project.run([...args]);
    expect(run.tests.get('FAILS by a call that nobody awaits')!.message, run.output).toContain(
      "The test 'FAILS by a call that nobody awaits' ended before its broker.lease() had: an await is missing.",
    );
    expect(run.tests.get('FAILS by a use that nobody awaits')!.message).toContain(
      'ended before its broker.withLease() had: an await is missing.',
    );
    for (const name of ['has what it leased', 'waits 20 times at once']) {
      expect(run.tests.get(name), run.output).toMatchObject({ state: 'passed' });
    }
    expect(run.output).toContain("2-after.test.js' ended before its broker.lease() had");
    expect(run.code).toBe(1);
    expect(run.output).not.toMatch(/triggerUncaughtException|child process exception|MaxListeners/);
    expect(run.output).not.toMatch(NOTICES);
    await project.remove();
  },
);
