import { afterAll, beforeAll, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import {
  DEADLOCK,
  expectNotice,
  expectRules,
  expectSummary,
  expectTenant,
  resets,
} from '../rules.ts';
import { NEWEST, PlaywrightProject, type Run } from './run.ts';

let project: PlaywrightProject;
let run: Run;

beforeAll(async () => {
  project = await PlaywrightProject.copy('playwright-rules', await installation(...NEWEST));
  await project.add('rules');
  run = await project.run();
});

afterAll(() => project.remove());

test('only those fail that are meant to', () => {
  const failed = [...run.tests].filter(([, { status }]) => status !== 'passed');
  expect(failed.map(([name]) => name).sort(), run.output).toEqual([
    'FAILS by a deadlock',
    'FAILS with a lease',
  ]);
  expect(run.errors).toEqual([]);
  expect(run.tests.size).toBe(41);
  expect(run.code).toBe(1);
});

test('a retry in a new worker has another one', () => {
  const tries = run.attempts.filter(({ name }) => name === 'has another one in each try');
  expect(tries.map(({ status }) => status)).toEqual(['failed', 'passed']);
  expect(new Set(tries.map(({ workerIndex }) => workerIndex)).size).toBe(2);
});

test('a deadlock is told by the names of both tests', () => {
  for (const told of DEADLOCK) {
    expect(run.tests.get('FAILS by a deadlock')!.message).toMatch(told);
  }
});

test('who waits for what another worker keeps is told', () => expectNotice(run.output));

test('the end of the run tells what was waited for, and where its report is', () =>
  expectSummary(run.output));

test('the reset hook hears how each lease ended', async () => {
  expect(await resets(project, 'washed')).toEqual(['released', 'released, dirty', 'released']);
  // Kept until the worker ends, since the body may still run.
  expect((await resets(project, 'stale'))[0]).toBe('disconnected, dirty');
});

test('what the broker made was made once, and disposed of', () => expectTenant(project));

test('the journal tells the same', async () => expectRules(await project.journal()));
