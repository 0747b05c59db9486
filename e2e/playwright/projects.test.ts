import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { NEWEST, PlaywrightProject } from './run.ts';

test('projects share one broker: those that others depend on, and those that tidy up', async () => {
  const project = await PlaywrightProject.copy(
    'playwright-projects',
    await installation(...NEWEST),
  );
  const run = await project.run();
  expect(run.code, run.output).toBe(0);
  expect([...run.tests.keys()].sort()).toEqual([
    '[a] has the same broker',
    '[b] has the same broker',
    '[prepare] leaves a value for the projects that depend on it',
    '[tidy] has the same broker',
  ]);
  // The journal is that of one broker: all who leased are in it.
  const grants = (await project.journal()).filter(({ type }) => type === 'grant');
  expect(grants.map(({ purpose }) => (purpose as unknown as { test: string }).test).sort()).toEqual(
    ['[a] has the same broker', '[b] has the same broker', '[tidy] has the same broker'],
  );
  await project.remove();
});
