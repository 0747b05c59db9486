import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import {
  connect,
  now,
  pause,
  percentile,
  report,
  running,
  startBroker,
  until,
} from '../processes/processes.ts';
import { Project } from '../project.ts';
import { expectDisposal } from '../rules.ts';
import { type Pool, VitestProject } from './run.ts';

interface Holder {
  pid: number;
  /** When it was granted, in nanoseconds. */
  at: bigint;
  pipe: string;
  secret: string;
}

let project: VitestProject;
afterEach(() => project.remove());

/** A run of files whose tests never give back the one account. */
async function start(version: RunnerVersion, files: number, ...args: string[]) {
  project = await VitestProject.copy('vitest-killed', await installation(version));
  for (let n = 1; n <= files; n++) {
    const file = join(project.directory, `file-${n}.test.js`);
    await writeFile(file, "import { hold } from './hold.js';\n\nhold();\n");
  }
  return project.start(['run', ...args]);
}

async function holderAfter(pid: number | undefined): Promise<Holder> {
  let holder: Holder | undefined;
  await until(async () => {
    const text = await project.file('holder').catch(() => 'null');
    holder = JSON.parse(text) ?? undefined;
    return holder !== undefined && holder.pid !== pid;
  }, `a holder after ${pid}`);
  return { ...holder!, at: BigInt(holder!.at) };
}

test('a killed worker’s account is its next waiter’s within 10 ms, and what the run is slower', async () => {
  const KILLS = 60;
  const started = await start('vitest-4', KILLS + 4);
  let holder = await holderAfter(undefined);
  const client = await connect(holder);
  const roundTrips: number[] = [];
  let done = false;
  const probing = (async () => {
    for (; !done; await pause(10)) {
      const asked = now();
      await client.get('nothing');
      roundTrips.push(Number(now() - asked) / 1e6);
    }
  })();
  const grants: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await until(async () => (await client.pools())[0]!.waiting > 0, 'a worker that waits');
    const killed = now();
    process.kill(holder.pid, 'SIGKILL');
    holder = await holderAfter(holder.pid);
    grants.push(Number(holder.at - killed) / 1e6);
  }
  done = true;
  await probing;
  await client.close();
  started.child.kill('SIGKILL');
  await started.ended;
  report('from the SIGKILL of a Vitest worker to the grant of the next', grants);
  report('a plain round trip in the same run', roundTrips);
  expect(grants, started.output).toHaveLength(KILLS);
  expect(percentile(grants, 0.99)).toBeLessThanOrEqual(10 + 10 * percentile(roundTrips, 0.99));
});

describe.each<['vitest-4' | 'vitest-5', Pool]>([
  ['vitest-4', 'forks'],
  ['vitest-4', 'vmForks'],
  ['vitest-4', 'threads'],
  ['vitest-5', 'forks'],
])('%s, %s: the SIGKILL of Vitest itself', (version, pool) => {
  test('leaves no process after 2 s, and no directory after the next start', async () => {
    const { child, ended } = await start(version, 3, `--pool=${pool}`);
    const { pipe, ...address } = await holderAfter(undefined);
    const client = await connect({ pipe, ...address });
    await until(async () => (await client.pools())[0]!.waiting === 2, 'two that wait');
    await client.close();
    const workers = await workersSeen();
    expect(workers.length).toBe(pool === 'threads' ? 1 : 3);
    // A worker that still has something to report would fail at that, and end by itself.
    await pause(1_000);
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => running(workers), { timeout: 2_000 }).toEqual([]);
    await using _next = await startBroker();
    await until(() => !existsSync(dirname(pipe)), 'the removal of the directory');
  });
});

describe.each<[RunnerVersion, Pool]>([
  ['vitest-4', 'forks'],
  ['vitest-4', 'threads'],
  ['vitest-5', 'forks'],
])('%s, %s: Ctrl-C', (version, pool) => {
  test.each([1, 2])('%i times, while a test holds and others wait: all end', async (times) => {
    const started = await start(version, 3, `--pool=${pool}`);
    const { pipe } = await holderAfter(undefined);
    const workers = await workersSeen();
    for (let n = 0; n < times; n++) {
      Project.interrupt(started);
      await pause(50);
    }
    const code = await started.ended;
    expect(code, started.output).not.toBe(0);
    expect(existsSync(dirname(pipe))).toBe(false);
    // It may exit at once.
    expectDisposal(project, started, false);
    await expect.poll(() => running(workers), { timeout: 2_000 }).toEqual([]);
  });
});

async function workersSeen(): Promise<number[]> {
  const names = await readdir(project.directory);
  return names.flatMap((name) => (name.startsWith('worker-') ? [Number(name.slice(7))] : []));
}
