import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { endsByPool } from '../journal.ts';
import { NEWEST_NODE, OLDEST, PlaywrightProject, type Run } from './run.ts';

/** What Playwright tells of the attempts that are meant to fail. All others are meant to pass. */
const FAILURES: Record<string, (RegExp | string)[]> = {
  'FAILS by its own time after a wait': [/^Test timeout of 2[4-9]\d\dms exceeded\.$/],
  'FAILS by a wait in vain, with who holds it': [
    /Waited 1\.[2-9] s for pool 'vain' \(1 in all\)/,
    /vain\[0\]: held by playwright worker \d+ \(pid \d+\), test 'somebody else'/,
  ],
  'FAILS while its body goes on 1': ['Test timeout of 1000ms exceeded'],
  'FAILS while its body goes on 2': ['Test timeout of 1000ms exceeded'],
  'FAILS by an error outside of it 1': ['nobody hears this'],
  'FAILS by an error outside of it 2': ['nobody hears this'],
  'FAILS, and so ends the worker': ['another'],
  'a claim in vain > FAILS the test that asked': ["for pool 'kept' (1 in all)"],
  'FAILS by the loss of its lease': ['was lost (expired)'],
  'FAILS by the loss of the lease of the worker': ['was lost (expired)'],
  'FAILS > by an annotation that is none': [
    "The annotation 'lease' of the test 'by an annotation that is none': expected names and pools",
  ],
  'FAILS > by an option that is none': ["leases.one of the test 'by an option that is none'"],
  'FAILS > by an unknown pool': ["There is no pool 'declare'. Did you mean 'declared'?"],
  'retries > claim anew': ['toBe'],
};

describe.each([OLDEST, NEWEST_NODE])('%s on Node %i', (version, node) => {
  let project: PlaywrightProject;
  let run: Run;

  beforeAll(async () => {
    project = await PlaywrightProject.copy('playwright-traps', await installation(version, node));
    run = await project.run();
  });

  afterAll(() => project.remove());

  test('only those fail that are meant to, for their reasons', () => {
    const failed = run.attempts.filter(({ status }) => status !== 'passed');
    const meant = failed.filter(({ name }) => !/meant to fail/.test(name));
    const wrong = meant.filter(({ name }) => !(name in FAILURES));
    expect(wrong.map(({ name, message }) => [name, message])).toEqual([]);
    expect([...new Set(meant.map(({ name }) => name))].sort()).toEqual(
      Object.keys(FAILURES).sort(),
    );
    for (const { name, message } of meant) {
      for (const expected of FAILURES[name]!)
        expect(message, `${name}: ${run.output}`).toMatch(expected);
    }
    expect(run.errors).toEqual([]);
    expect(run.code).toBe(1);
    expect(run.output).not.toMatch(/warning/i);
  });

  test('no retry runs on what a former attempt had', () => {
    const attempts = run.attempts.filter(({ name }) => name === 'retries > claim anew');
    expect(attempts.map(({ status }) => status)).toEqual(['failed', 'failed', 'passed']);
  });

  test('what a body that may still run uses goes to nobody before its process has ended', async () => {
    const uses = (await project.file('uses.txt')).trim().split('\n');
    const users = uses.map((line) => line.split(' ')[0]!);
    const changes = users.filter((pid, i) => pid !== users[i - 1]);
    expect(changes).toHaveLength(6);
    expect(new Set(changes).size).toBe(6);
  });

  test('it leases nothing more', async () => {
    expect(await project.file('zombie.txt')).toBe('closed\n'.repeat(2));
  });

  const told =
    /^(.+ > )?wait for pool '(\w+)' > waited 1\.\d s for pool '\2', held by playwright worker \d+ \(pid \d+\), test 'somebody else'$/;
  test.each([
    'in a fixture',
    'in the body',
    'in a hook before it',
    'in a hook after it',
    'in a hook before all',
  ])('a wait is told in the report and the trace: %s', (name) => {
    const { steps, annotations } = run.tests.get(`a wait longer than the timeout > ${name}`)!;
    expect(steps).toContainEqual(expect.stringMatching(told));
    expect(annotations).toContainEqual(
      expect.stringMatching(/^waited: 1\.\d s for pool '\w+', held by playwright worker/),
    );
  });

  test('a wait in vain is a step that failed', () => {
    const { steps } = run.tests.get('FAILS by a wait in vain, with who holds it')!;
    expect(steps).toContain("wait for pool 'vain'");
  });

  test('what did not wait is not told', () => {
    const name = 'a grant at once changes no timeout, and is no step';
    const { steps, annotations } = run.tests.get(name)!;
    expect(steps.filter((title) => /wait|declared/.test(title))).toEqual([]);
    expect(annotations).toEqual([]);
  });

  test('leases end with their test, or with the worker of one that failed', async () => {
    const ends = endsByPool(await project.journal());
    for (const pool of ['zombie', 'tight']) expect(ends.get(pool)).toContain('disconnected');
    expect(new Set(ends.get('zombie'))).toEqual(new Set(['disconnected']));
    for (const pool of ['body', 'hook', 'after', 'all', 'declared', 'fail']) {
      expect(new Set(ends.get(pool))).toEqual(new Set(['released']));
    }
  });
});
