import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import { endsByPool } from '../journal.ts';
import { POOLS, type Run, VitestProject } from './run.ts';

/** What Vitest tells of the tests that are meant to fail. All others are meant to pass. */
const FAILURES: Record<string, (RegExp | string)[]> = {
  'a set-up that times out > FAILS in the test': [
    'Test timed out in 500ms',
    /It was waiting for pool 'zombie', for \d+ ms\./,
  ],
  'a hook whose fixture times out > with a hook > FAILS in the hook': [
    'Hook timed out in 300ms',
    "It was waiting for pool 'hook', for",
  ],
  'a body that Vitest starts after the timeout > FAILS while another fixture is set up': [
    'Test timed out in 200ms',
  ],
  'never granted > FAILS in every attempt': [
    "for pool 'retry' (1 in all)",
    "test 'somebody else'",
    "The test's own timeout (600 ms) left no more time",
    /Waited 1\.\d s/,
  ],
  'an attempt after one that timed out > FAILS by a timeout in the body': [
    'Test timed out in 600ms',
  ],
  'a fixture whose teardown throws > FAILS at first': ['page does not close'],
  'a lease of the worker > FAILS for the first that asks': ["for pool 'kept'"],
  'FAILS while its body goes on': ['Test timed out in 300ms'],
  'a wait in a test > FAILS with the explanation: fixture': [
    "for pool 'cap' (1 in all)",
    /cap\[0\]: held by .+ \(pid \d+\), test 'somebody else'/,
    "The test's own timeout (700 ms) left no more time",
  ],
  'a wait in a test > FAILS with the explanation: body': [
    "for pool 'cap' (1 in all)",
    "The test's own timeout (700 ms) left no more time",
  ],
  'FAILS by what can never be had': [
    "There are too few for all of it at once: pool 'cap' (1 in all) and pool 'cap' (1 in all)",
  ],
  'FAILS by a wrong declaration': ['meta.lease.one of the test', 'got the number 1'],
  'FAILS by an unknown pool': ["There is no pool 'declare'. Did you mean 'declared'?"],
  'FAILS by the loss of its lease': ['was lost (expired)'],
};

/** Vitest 5 forgets the teardown that threw; 4 runs it again after each attempt. */
const fails = (name: string, version: string) =>
  version === 'vitest-4' || !name.startsWith('a fixture whose teardown throws');

function describeTraps(version: RunnerVersion, runs: string[]) {
  let project: VitestProject;

  beforeAll(async () => {
    project = await VitestProject.copy('vitest-traps', await installation(version));
  });

  afterAll(() => project.remove());

  describe.each(runs)('%s', (pool) => {
    let run: Run;

    beforeAll(async () => {
      run = await project.run(`--pool=${pool}`.split(' '));
    });

    test('only those fail that are meant to', () => {
      const failed = [...run.tests].filter(([, { state }]) => state === 'failed');
      const wrong = failed.filter(([name]) => !(name in FAILURES));
      expect(wrong, run.output).toEqual([]);
      const meant = Object.keys(FAILURES).filter((name) => fails(name, version));
      expect(failed.map(([name]) => name).sort()).toEqual(meant.sort());
      expect(run.errors).toEqual([]);
      expect(run.tests.size).toBeGreaterThan(80);
    });

    test.each(Object.entries(FAILURES))('%s, with its reason', (name, messages) => {
      const { message } = run.tests.get(name)!;
      for (const expected of messages) expect(message).toMatch(expected);
    });

    test('the run ends by itself, with no other error', () => {
      expect(run.code).toBe(1);
      expect(run.output).not.toMatch(/Unhandled|close timed out|hanging/);
    });

    test('leases of a file end with it, all others with their test or their worker', async () => {
      const ends = endsByPool(await project.journal());
      expect(ends.get('file')).toEqual(['released', 'released', 'released']);
      expect(ends.get('kept')!.at(0)).toBe('released');
      expect(ends.get('retry')!.every((reason) => reason === 'released')).toBe(true);
      // Of the timed-out bodies: with their worker, or with the broker where that is stopped before it.
      const kept = (pool: string) => ends.get(pool)!.filter((reason) => reason !== 'released');
      for (const pool of ['body', 'twice']) {
        expect(kept(pool)).toEqual([expect.stringMatching(/^(disconnected|stopped)$/)]);
      }
      expect(ends.get('body')).toHaveLength(1);
    });
  });
}

describe('Vitest 4', () => {
  describeTraps('vitest-4', [...POOLS, 'forks --no-isolate', 'threads --no-isolate']);
});

describe('Vitest 5', () => {
  describeTraps('vitest-5', ['forks', 'vmThreads', 'threads --no-isolate']);
});
