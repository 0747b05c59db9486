import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import { endsByPool } from '../journal.ts';
import { JestProject, NOTICES, type Run } from './run.ts';

/** What Jest tells of the tests that are meant to fail. All others are meant to pass. */
const FAILURES: Record<string, (RegExp | string)[]> = {
  'what a test leases FAILS by throwing': ['Error: thrown'],
  'FAILS while its body goes on': ['Exceeded timeout of 300 ms for a test'],
  'a hook that goes on FAILS by its hook': ['Exceeded timeout of 200 ms for a hook'],
  'FAILS with done, never called': ['waiting for `done()` to be called'],
  'a wait in a test FAILS with the explanation': [
    /Waited 1\.\d s for pool 'cap' \(1 in all\)/,
    /cap\[0\]: held by jest worker \d \(pid \d+\), test 'somebody else'/,
    "The test's own timeout (1.5 s) left no more time",
    '@lease NAME: POOL',
    'waits.test.js:10:',
  ],
  'a wait in a test in a hook FAILS with the explanation, too': [
    "The hook's own timeout (1.0 s) left no more time",
  ],
  'a wait in a test FAILS with what it waited for': [
    'Exceeded timeout of 1500 ms for a test',
    /\n(\d{3} ms|1\.\d s) of its time were spent waiting for pool 'cap'\. A lease that is declared/,
  ],
  'FAILS by the loss of its lease': ['was lost (expired)', 'waits.test.js:'],
};

describe.each<[RunnerVersion, string, string[]]>([
  ['jest-30', 'processes', ['--maxWorkers=3']],
  ['jest-30', 'threads', ['--maxWorkers=3', '--workerThreads']],
  ['jest-29', 'processes', ['--maxWorkers=3']],
  ['jest-29', 'in band', ['--runInBand']],
])('%s, %s', (version, _, args) => {
  let project: JestProject;
  let run: Run;

  beforeAll(async () => {
    project = await JestProject.copy('jest-traps', await installation(version));
    run = await project.run(args);
  });

  afterAll(() => project.remove());

  test('only those fail that are meant to', () => {
    const failed = [...run.tests].filter(([, { state }]) => state === 'failed');
    const wrong = failed.filter(([name]) => !(name in FAILURES));
    expect(wrong, run.output).toEqual([]);
    expect(failed.map(([name]) => name).sort()).toEqual(Object.keys(FAILURES).sort());
    expect(run.tests.size).toBeGreaterThan(35);
    expect(run.code).toBe(1);
    expect(run.output).not.toMatch(NOTICES);
  });

  test.each(Object.entries(FAILURES))('%s, with its reason', (name, messages) => {
    const { message } = run.tests.get(name)!;
    for (const expected of messages) expect(message).toMatch(expected);
    // Our own frames are of no use to who reads it.
    expect(message.replaceAll(/^.*node_modules.jest-.*$/gm, '')).not.toMatch(
      /node_modules.ephemeral-broker.dist.(?!jest)/,
    );
  });

  test('a declaration that is wrong fails its file, and says so', () => {
    expect(run.errors).toEqual([
      expect.stringContaining("There is no pool 'declare'. Did you mean 'declared'?"),
    ]);
  });

  test('leases of a file end with it, all others with their test or their worker', async () => {
    const ends = endsByPool(await project.journal());
    for (const pool of ['test', 'all', 'file', 'body', 'own', 'run', 'late', 'declared', 'pair']) {
      expect([pool, new Set(ends.get(pool))]).toEqual([pool, new Set(['released'])]);
    }
    // Of a body that never settles, and of the worker: with their worker, or with the broker where that is stopped before it.
    for (const pool of ['hook', 'worker']) {
      expect(ends.get(pool)).toEqual([expect.stringMatching(/^(disconnected|stopped)$/)]);
    }
    expect(ends.get('retry')).toEqual(['released', 'released', 'released']);
    expect(ends.get('file')).toHaveLength(1);
  });
});

test('the lease of a worker goes from file to file', async () => {
  const project = await JestProject.copy('jest-traps', await installation('jest-30'));
  const run = await project.run(['kept', '--maxWorkers=1']);
  expect(run.code, run.output).toBe(0);
  const grants = (await project.journal()).filter(({ type }) => type === 'grant');
  expect(grants).toHaveLength(1);
  await project.remove();
});
