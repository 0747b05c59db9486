import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, startBroker } from 'ephemeral-broker';
import { describe, expect, test } from 'vitest';
import { installation, type RunnerVersion } from '../installation.ts';
import type { Env } from '../project.ts';
import { JestProject, NOTICES } from './run.ts';

async function run(version: RunnerVersion, name: string, env: Env = {}, args: string[] = []) {
  const project = await JestProject.copy(name, await installation(version));
  const result = await project.run(args, env);
  const log = (await project.file('log.txt').catch(() => '')).trim().split('\n');
  const pipes = (await project.file('pipes.txt').catch(() => '')).trim().split('\n');
  const pipe = await project.file('pipe.txt').catch(() => '');
  await project.remove();
  return { ...result, log, pipes, pipe };
}

describe('withBroker', () => {
  test.each<[RunnerVersion, string]>([
    ['jest-30', 'object'],
    ['jest-30', 'function'],
    ['jest-30', 'promise'],
    ['jest-30', 'wrapped'],
    ['jest-30', 'preset'],
    ['jest-29', 'object'],
    ['jest-29', 'preset'],
  ])('%s, %s: their set-up, teardown and environment stay, around ours', async (version, given) => {
    const { code, log, passed, output } = await run(version, 'jest-composed', { CASE: given });
    expect(code, output).toBe(0);
    expect(passed).toBe(1);
    expect(log).toEqual(['set-up true', 'test_done', 'tear-down, there']);
    expect(output).not.toMatch(NOTICES);
  });

  test('with ts-jest, a set-up and tests in TypeScript are compiled', async () => {
    const { code, log, passed, output } = await run('jest-30', 'jest-composed', {
      CASE: 'typescript',
    });
    expect(code, output).toBe(0);
    expect(passed).toBe(2);
    expect(log).toEqual(['set-up true', 'tear-down, there']);
  });
});

test.each<[RunnerVersion]>([['jest-29'], ['jest-30']])(
  '%s: projects share one broker',
  async (version) => {
    const { code, output, passed, pipes } = await run(version, 'jest-projects');
    expect(code, output).toBe(0);
    expect(passed).toBe(3);
    expect(pipes).toHaveLength(3);
    expect(new Set(pipes).size).toBe(1);
  },
);

test.each<[RunnerVersion]>([['jest-29'], ['jest-30']])(
  '%s: the realm of a test file that leases is let go',
  async (version) => {
    const args = ['--detectLeaks', '--runInBand', '--selectProjects', 'c'];
    const { code, output, passed } = await run(version, 'jest-projects', {}, args);
    expect(code, output).toBe(0);
    expect(passed).toBe(1);
  },
);

describe('what is wrong', () => {
  test('without the set-up, a test that uses the broker is told the line; others pass', async () => {
    const { tests, code } = await run('jest-30', 'jest-faults', { CASE: 'environment' });
    expect(code).toBe(1);
    expect(tests.get('leases')!.message).toContain(
      "There is no broker: EPHEMERAL_PIPE is not set. To have one, add  preset: 'ephemeral-broker'  to jest.config",
    );
    expect(tests.get('needs none')!.state).toBe('passed');
  });

  test('two versions of the package in one run: the error says which, and who brings them', async () => {
    const project = await JestProject.copy('jest-faults', await installation('jest-30'));
    const outer = join(project.installation.directory, 'node_modules', 'ephemeral-broker');
    const inner = join(project.directory, 'node_modules', 'ephemeral-broker');
    await cp(outer, inner, { recursive: true });
    const build = join('dist', 'jest', 'build');
    for (const name of ['node.cjs', 'index.cjs']) {
      const file = join(inner, build, name);
      const code = await readFile(file, 'utf8');
      await writeFile(file, code.replace(/(VERSION = true \? )"[^"]+"/, '$1"9.9.9"'));
    }
    const { tests } = await project.run([], {
      CASE: 'versions',
      SETUP: join(outer, build, 'setup.cjs'),
    });
    expect(tests.get('leases')!.message).toMatch(
      /set-up is of \d+\.\d+\.\d+, these fixtures are of 9\.9\.9.+npm ls ephemeral-broker/,
    );
    await project.remove();
  });

  test.each([
    ['config', /pools\.accounts|pools: accounts|accounts/],
    ['differ', 'Several calls of withBroker(config, { pools }) in this run name different pools'],
    ['hook', 'the set-up of the user fails'],
    ['missing', "'./no-such-file.js', which jest.config names beside withBroker(), is not found"],
  ])('%s: ends the run with what is wrong', async (given, message) => {
    const { code, output, pipe, passed } = await run('jest-30', 'jest-faults', { CASE: given });
    expect(output).toMatch(message);
    expect(code).toBe(1);
    expect(passed).toBe(0);
    if (pipe) expect(existsSync(dirname(pipe))).toBe(false);
  });

  test('a broker with other pools is refused, a dead one told', async () => {
    const other = await startBroker({ pools: { accounts: ['ann', 'bob'] } });
    const refused = await run('jest-30', 'jest-projects', other.env);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("its pool 'accounts' has 2 values, not 1");
    expect(refused.output).not.toContain(other.secret);
    await other.stop();
    const dead = await run('jest-30', 'jest-projects', other.env);
    expect(dead.code).toBe(1);
    expect(dead.output).toContain(`The broker at ${other.pipe} is gone`);
  });

  test('a broker that is there is used', async () => {
    await using broker = await startBroker({ pools: { accounts: ['ann'] } });
    const { code, output, pipes } = await run('jest-30', 'jest-projects', broker.env);
    expect(code, output).toBe(0);
    expect(new Set(pipes)).toEqual(new Set([broker.pipe]));
    await using client = await connect(broker);
    expect(await client.pools()).toMatchObject([{ held: 0 }]);
  });
});

describe.each<[RunnerVersion, string[]]>([
  ['jest-30', ['-i']],
  ['jest-29', ['--maxWorkers=2']],
])('%s, watching (%j)', (version, args) => {
  test('every run has a broker of its own, and leases from it', async () => {
    const project = await JestProject.copy('jest-watch', await installation(version));
    const started = project.start(['--watchAll', ...args]);
    try {
      const pipes: string[] = [];
      for (let n = 1; n <= 3; n++) {
        const { pipe, ...rest } = await nthRun(project, n, () => started.output);
        expect(rest).toEqual({ value: 'ann', kept: 1 });
        pipes.push(pipe);
        await touch(project, 'one.test.js');
      }
      expect(new Set(pipes).size).toBe(3);
      expect(existsSync(dirname(pipes[1]!))).toBe(false);
    } finally {
      started.child.kill('SIGKILL');
      await started.ended;
    }
    await project.remove();
  });
});

async function nthRun(project: JestProject, n: number, output: () => string) {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(50)) {
    const line = (await project.file('runs.jsonl').catch(() => '')).split('\n')[n - 1];
    const ends = output().match(/^Ran all test suites/gm)?.length ?? 0;
    // Jest sees changes from when it has told the end of the run.
    if (line && ends >= n) return JSON.parse(line) as { pipe: string; value: string; kept: number };
  }
  throw new Error(`There was no run ${n}:\n${output()}`);
}

async function touch({ directory }: JestProject, name: string): Promise<void> {
  const file = join(directory, name);
  await writeFile(file, `${await readFile(file, 'utf8')}\n`);
}
