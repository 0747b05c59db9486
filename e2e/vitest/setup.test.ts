import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, startBroker } from 'ephemeral-broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { POOLS, type Run, VitestProject } from './run.ts';

const ACCOUNTS = [{ user: 'ann' }, { user: 'bob' }];

const states = (run: Run): string[] => [...new Set([...run.tests.values()].map((t) => t.state))];

describe.each(['vitest-4', 'vitest-5'] as const)('%s', (version) => {
  let project: VitestProject;

  beforeAll(async () => {
    project = await VitestProject.copy('vitest-setup', await installation(version));
  });

  afterAll(() => project.remove());

  test.each(POOLS)(
    '--pool=%s: runs with one line of config, and a config in TypeScript',
    async (pool) => {
      const run = await project.run([`--pool=${pool}`]);
      expect(run.errors).toEqual([]);
      expect(states(run), run.output).toEqual(['passed']);
      expect(run.passed).toBe(4);
    },
  );

  test.each(POOLS)(
    '--pool=%s: a package that Vite evaluates as often as it likes makes one connection',
    async (pool) => {
      const run = await project.run(['--maxWorkers=1', '--no-isolate', `--pool=${pool}`], {
        INLINE: '1',
      });
      expect(states(run), run.output).toEqual(['passed']);
      expect(run.passed).toBe(4);
      const sessions = (await project.journal()).filter(({ type }) => type === 'session');
      // Each file of a vm pool has a realm of its own.
      expect(sessions).toHaveLength(pool.startsWith('vm') ? 2 : 1);
    },
  );

  test('without the line, the error tells the line and the file', async () => {
    const run = await project.run([], { GLOBAL_SETUP: 'none' });
    const { message } = run.tests.get('has a broker')!;
    expect(message).toContain("Add  globalSetup: 'ephemeral-broker/vitest'");
    expect(message).toContain('in vitest.config.ts');
  });

  test('two versions of the package in one run: the error says which, and who brings them', async () => {
    const other = await VitestProject.copy('vitest-setup', await installation(version));
    const outer = join(other.installation.directory, 'node_modules', 'ephemeral-broker');
    const inner = join(other.directory, 'node_modules', 'ephemeral-broker');
    await cp(outer, inner, { recursive: true });
    const file = join(inner, 'dist', 'vitest.js');
    const code = await readFile(file, 'utf8');
    await writeFile(file, code.replace(/(VERSION = true \? )"[^"]+"/, '$1"9.9.9"'));
    const run = await other.run([], { GLOBAL_SETUP: join(outer, 'dist', 'vitest.js') });
    expect(run.tests.get('has the same broker')!.message).toMatch(
      /set-up is of \d+\.\d+\.\d+, these fixtures are of 9\.9\.9.+npm ls ephemeral-broker/,
    );
    await other.remove();
  });

  describe('where a broker is in the environment', () => {
    test('joins it', async () => {
      await using broker = await startBroker({ pools: { accounts: ACCOUNTS } });
      const run = await project.run([], broker.env);
      expect(states(run), run.output).toEqual(['passed']);
      await using client = await connect(broker);
      expect(await client.get('files')).toBe(2);
    });

    test('refuses it when its pools are others', async () => {
      await using broker = await startBroker({ pools: { accounts: ['ann'] } });
      const run = await project.run([], broker.env);
      expect(run.code).toBe(1);
      expect(run.output).toContain("its pool 'accounts' has 1 values, not 2");
      expect(run.output).not.toContain(broker.secret);
    });

    test('says so when it is dead', async () => {
      const broker = await startBroker();
      await broker.stop();
      const run = await project.run([], broker.env);
      expect(run.code).toBe(1);
      expect(run.output).toContain(`The broker at ${broker.pipe} is gone`);
    });

    test('and no line in the config, the error is the same', async () => {
      await using broker = await startBroker({ pools: { accounts: ACCOUNTS } });
      const run = await project.run([], { ...broker.env, GLOBAL_SETUP: 'none' });
      expect(run.tests.get('leases')!.message).toContain(
        "Add  globalSetup: 'ephemeral-broker/vitest'",
      );
    });
  });
});

describe.each(['vitest-4', 'vitest-5'] as const)('%s, projects', (version) => {
  test('share one broker, whether they inherit the line or not', async () => {
    const project = await VitestProject.copy('vitest-projects', await installation(version));
    const run = await project.run([]);
    expect(states(run), run.output).toEqual(['passed']);
    expect(run.passed).toBe(6);
    const pipes = (await project.file('pipes.txt')).trim().split('\n');
    expect(pipes).toHaveLength(3);
    expect(new Set(pipes).size).toBe(1);
    await project.remove();
  });
});

describe.each(['vitest-4', 'vitest-5'] as const)('%s, watching', (version) => {
  test('reruns have the broker of the first run; an edited config, a new one', async () => {
    const project = await VitestProject.copy('vitest-watch', await installation(version));
    const started = project.start(['--watch', '--reporter=verbose']);
    try {
      const first = await nthRun(project, 1, () => started.output);
      await touch(project, 'one.test.js');
      const second = await nthRun(project, 2, () => started.output);
      expect(second).toEqual({ ...first, runs: 2 });
      await touch(project, 'vitest.config.js');
      const third = await nthRun(project, 3, () => started.output);
      expect(third).toEqual({ ...first, pipe: expect.any(String), runs: 1 });
      expect(third.pipe).not.toBe(first.pipe);
      if (process.platform !== 'win32') {
        expect(existsSync(dirname(first.pipe))).toBe(false);
        expect(existsSync(dirname(third.pipe))).toBe(true);
        started.child.kill('SIGTERM');
        await started.ended;
        expect(existsSync(dirname(third.pipe))).toBe(false);
      }
    } finally {
      started.child.kill('SIGKILL');
      await started.ended;
    }
    await project.remove();
  });
});

interface WatchRun {
  pipe: string;
  runs: number;
}

async function nthRun(project: VitestProject, n: number, output: () => string): Promise<WatchRun> {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(50)) {
    const text = await project.file('runs.jsonl').catch(() => '');
    const line = text.split('\n')[n - 1];
    if (line) {
      // Vitest ignores changes that come before it has told the end of the run.
      await sleep(500);
      return JSON.parse(line);
    }
  }
  throw new Error(`There was no run ${n}:\n${output()}`);
}

async function touch({ directory }: VitestProject, name: string): Promise<void> {
  const file = join(directory, name);
  await writeFile(file, `${await readFile(file, 'utf8')}\n`);
}
