import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import { connect, pause, running, startBroker, until } from '../processes/processes.ts';
import { Project } from '../project.ts';
import { expectDisposal } from '../rules.ts';
import { JestProject } from './run.ts';

interface Holder {
  pid: number;
  pipe: string;
  secret: string;
}

let project: JestProject;
afterEach(() => project.remove());

/** A run of files whose tests never give back the one account. */
async function start(version: RunnerVersion, files: number, ...args: string[]) {
  project = await JestProject.copy('jest-killed', await installation(version));
  for (let n = 1; n <= files; n++) {
    const file = join(project.directory, `file-${n}.test.js`);
    await writeFile(file, "require('./hold.js').hold();\n");
  }
  return project.start(args);
}

async function holderAfter(pid?: number): Promise<Holder> {
  let holder: Holder | undefined;
  await until(async () => {
    holder = JSON.parse(await project.file('holder').catch(() => 'null')) ?? undefined;
    return holder !== undefined && holder.pid !== pid;
  }, `a holder after ${pid}`);
  return holder!;
}

async function waiting(holder: Holder, count: number): Promise<void> {
  await using client = await connect(holder);
  await until(async () => (await client.pools())[0]!.waiting === count, `${count} that wait`);
}

const workers = async (): Promise<number[]> =>
  (await readdir(project.directory)).flatMap((name) =>
    name.startsWith('worker-') ? [Number(name.slice(7))] : [],
  );

describe.each<[RunnerVersion]>([['jest-29'], ['jest-30']])('%s', (version) => {
  test('a killed worker’s account is its next waiter’s, and Jest says what died', async () => {
    const started = await start(version, 2, '--maxWorkers=2');
    const holder = await holderAfter();
    await waiting(holder, 1);
    process.kill(holder.pid, 'SIGKILL');
    const next = await holderAfter(holder.pid);
    process.kill(next.pid, 'SIGKILL');
    expect(await started.ended).toBe(1);
    expect(started.output).toContain('signal=SIGKILL');
    expect(existsSync(dirname(holder.pipe))).toBe(false);
  });

  test('the SIGKILL of Jest leaves no process after 2 s, and no directory after the next start', async () => {
    const { child, ended } = await start(version, 3);
    const holder = await holderAfter();
    await waiting(holder, 2);
    expect(await workers()).toHaveLength(3);
    child.kill('SIGKILL');
    await ended;
    await expect.poll(async () => running(await workers()), { timeout: 2_000 }).toEqual([]);
    await using _next = await startBroker();
    await until(() => !existsSync(dirname(holder.pipe)), 'the removal of the directory');
  });

  test.each([1, 2])('Ctrl-C, %i times, ends all and leaves nothing', async (times) => {
    const started = await start(version, 3);
    const { pipe } = await holderAfter();
    for (let n = 0; n < times; n++) {
      Project.interrupt(started);
      await pause(50);
    }
    expect(await started.ended, started.output).not.toBe(0);
    expect(existsSync(dirname(pipe))).toBe(false);
    expectDisposal(project, started, times === 1);
    await expect.poll(async () => running(await workers()), { timeout: 2_000 }).toEqual([]);
  });
});
