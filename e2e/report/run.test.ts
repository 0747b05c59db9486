import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { VitestProject } from '../vitest/run.ts';
import { details, openFile, page } from './browser.ts';

let project: VitestProject;

beforeAll(async () => {
  project = await VitestProject.copy('vitest-rules', await installation('vitest-4'));
  await project.add('rules');
  await project.run([], { EPHEMERAL_REPORT: 'report.html' });
});
afterAll(() => project.remove());

test('a run of the packed package draws itself: the page tells its tests, and is chosen from', async () => {
  await openFile(join(project.directory, 'report.html'));
  const events = await project.journal();
  const grants = events.filter(({ type }) => type === 'grant');
  const shown = () => page.locator('#shown').textContent();
  expect(await shown()).toMatch(new RegExp(`^${grants.length} leases, `));

  await page.getByRole('searchbox', { name: 'Test or file' }).fill('by fixture 2.3');
  expect(await shown()).toMatch(/^1 lease, .*\(of \d+\)$/);
  await page.locator('#leases tbody tr:not(.gap) button').click();
  for (const told of [
    'all at once > by fixture 2.3',
    '2.test.js',
    'vitest worker',
    'right 0, left 0',
  ]) {
    expect(await details()).toContain(told);
  }
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('combobox', { name: 'Pool' }).selectOption('left');
  const ofLeft = grants.filter(({ resources }) => resources!.some(({ pool }) => pool === 'left'));
  expect(await shown()).toMatch(new RegExp(`^${ofLeft.length} leases, `));
});

test('its journal tells how busy the machine was, and how much of that was the run', async () => {
  const [header] = (await project.file('journal.jsonl')).split('\n');
  const { machine } = JSON.parse(header!);
  expect(machine.processors).toBe(availableParallelism());
  expect(machine.own).toBeGreaterThan(0);
});
