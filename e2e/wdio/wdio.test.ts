import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endsByPool } from '../journal.ts';
import { connect, pause, running, startBroker, until } from '../processes/processes.ts';
import { WdioProject } from './run.ts';

let project: WdioProject;

beforeEach(async () => {
  project = await WdioProject.make();
});

afterEach(() => project.remove());

test('leases end with their tests, and hooks have the broker from the first to the last', async () => {
  const { code, output } = await project.run(['rules.conf.ts']);
  expect(code, output).toBe(0);
  expect(output).toContain('3 passed, 3 total');
  expect(output).not.toMatch(/warning/i);
  expect(output).toContain('ephemeral-broker: report: report.html\n');

  const notes = (await project.file('notes.txt')).trim().split('\n');
  const times = (note: string) => notes.filter((each) => each === note).length;
  expect(times('beforeSession: by the launcher, true')).toBe(3);
  expect(times('before: true')).toBe(3);
  expect(times('afterSession: true, true')).toBe(3);
  expect(notes.at(-1)).toBe('onComplete: 0');
  expect(notes).toHaveLength(10);

  const journal = await project.journal();
  const ends = endsByPool(journal);
  expect(Object.fromEntries([...ends].map(([pool, reasons]) => [pool, reasons.length]))).toEqual({
    accounts: 2,
    hooks: 3,
    single: 5,
    pairs: 2,
  });
  expect(new Set([...ends.values()].flat())).toEqual(new Set(['released']));
  const purposes = journal.flatMap(({ type, purpose }) => (type === 'grant' ? [purpose] : []));
  expect(purposes).toContainEqual({
    file: join('rules', 'ends.spec.ts'),
    test: 'a lease > of a hook > is the test’s',
  });
  expect(purposes).toContainEqual({ file: join('rules', 'ends.spec.ts') });
});

test('a killed worker’s lease is its next waiter’s', async () => {
  const { code, output } = await project.run(['killed.conf.js']);
  expect(code, output).not.toBe(0);
  expect(output).toContain('1 passed, 1 failed, 2 total');
  expect(endsByPool(await project.journal()).get('single')).toEqual(['disconnected', 'released']);
});

test('a killed launcher leaves no worker after 2 s, and no driver of its browser', async () => {
  await writeFile(
    join(project.directory, 'hang.conf.js'),
    (await project.file('killed.conf.js')).replace('killed', 'hang'),
  );
  const started = project.start(['hang.conf.js']);
  const holding = join(project.directory, 'holding');
  await until(() => existsSync(holding), 'a worker that holds');
  const pids = JSON.parse(await project.file('holding'));
  expect(await running(pids)).toEqual(pids);
  started.child.kill('SIGKILL');
  await started.ended;
  await pause(2_000);
  expect(await running(pids)).toEqual([]);
});

test('a broker in the environment is joined, by a project in CommonJS', async () => {
  await using broker = await startBroker({ pools: { accounts: ['ann'] } });
  const { code, output } = await project.run(['outer/wdio.conf.ts'], broker.env);
  expect(code, output).toBe(0);
  await using client = await connect(broker);
  expect(await client.get('tests')).toBe(1);
});

test('a config that cannot be used ends the run before its first worker, and is named', async () => {
  await writeFile(join(project.directory, 'broker.config.ts'), 'export default { pols: {} };');
  const { code, output } = await project.run(['rules.conf.ts']);
  expect(code).toBe(1);
  expect(output).toContain(join(project.directory, 'broker.config.ts'));
  expect(output).toContain("Did you mean 'pools'?");
  expect(existsSync(join(project.directory, 'notes.txt'))).toBe(false);
});

test('a missing service is told with the line to add', async () => {
  const { code, output } = await project.run(['missing.conf.js']);
  expect(code).toBe(1);
  expect(output).toContain('add  services: [[BrokerService, {}]]  to wdio.conf');
});
