import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { connect, pause, running, startBroker, until } from '../processes/processes.ts';
import type { Started } from '../project.ts';
import { expectDisposal } from '../rules.ts';
import { NEWEST, PlaywrightProject } from './run.ts';

interface Holder {
  pid: number;
  pipe: string;
  secret: string;
}

let project: PlaywrightProject;
let started: Started;

afterEach(async () => {
  started.child.kill('SIGKILL');
  await started.ended;
  await project.remove();
});

async function holderAfter(pid?: number): Promise<Holder> {
  let holder: Holder | undefined;
  await until(async () => {
    holder = JSON.parse(await project.file('holder').catch(() => 'null')) ?? undefined;
    return holder !== undefined && holder.pid !== pid;
  }, `a holder after ${pid}`);
  return holder!;
}

const workers = async (): Promise<number[]> =>
  (await readdir(project.directory)).flatMap((name) =>
    /^worker-\d+$/.test(name) ? [Number(name.slice(7))] : [],
  );

/** Three workers: one holds the account and never gives it back, two wait for it. */
async function hold(): Promise<Holder> {
  project = await PlaywrightProject.copy('playwright-killed', await installation(...NEWEST));
  started = project.start();
  const holder = await holderAfter();
  const client = await connect(holder);
  await until(async () => (await client.pools())[0]!.waiting === 2, 'two that wait');
  await client.close();
  return holder;
}

test('a killed worker’s account is its next waiter’s', async () => {
  const { pid } = await hold();
  process.kill(pid, 'SIGKILL');
  expect((await holderAfter(pid)).pid).not.toBe(pid);
});

test('its SIGKILL leaves no process after 2 s, and no directory after the next start', async () => {
  const { pipe } = await hold();
  started.child.kill('SIGKILL');
  await started.ended;
  await pause(2_000);
  expect(await running(await workers())).toEqual([]);
  await using _next = await startBroker();
  await until(() => !existsSync(dirname(pipe)), 'the removal of the directory');
});

test.each<[string, NodeJS.Signals[], number | null]>([
  ['one SIGINT', ['SIGINT'], 130],
  ['a second SIGINT', ['SIGINT', 'SIGINT'], null],
  ['a SIGTERM', ['SIGTERM'], null],
])('%s leaves no process and no directory', async (_, signals, code) => {
  const { pipe } = await hold();
  for (const signal of signals) {
    started.child.kill(signal);
    await pause(20);
  }
  const ended = await started.ended;
  if (code !== null) expect(ended, started.output).toBe(code);
  else expect(ended).not.toBe(0);
  expectDisposal(project, started, code === 130);
  await until(async () => (await running(await workers())).length === 0, 'the workers’ end');
  expect(existsSync(dirname(pipe))).toBe(false);
});
