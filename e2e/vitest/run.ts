import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from '../pack.ts';

export type Pool = 'forks' | 'threads' | 'vmForks' | 'vmThreads';
export const POOLS: Pool[] = ['forks', 'threads', 'vmForks', 'vmThreads'];

/** One test of a run. */
export interface Result {
  state: 'passed' | 'failed' | 'skipped' | 'pending';
  /** Of its errors. */
  message: string;
  annotations: string[];
}

export interface Run {
  code: number | null;
  output: string;
  /** By full name, `suite > test`; of several files with the same names, the last. */
  tests: Map<string, Result>;
  passed: number;
  /** The messages of errors outside of tests: of files, suites and the process. */
  errors: string[];
}

/** A copy of one of `e2e/projects`, beneath the installation's `node_modules`. */
export class Project {
  readonly directory: string;
  readonly #installation: Installation;

  private constructor(directory: string, installation: Installation) {
    this.directory = directory;
    this.#installation = installation;
  }

  static async copy(name: string, installation: Installation): Promise<Project> {
    const parent = join(installation.directory, 'projects');
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, `${name}-`));
    await cp(join(import.meta.dirname, '..', 'projects', name), directory, { recursive: true });
    return new Project(directory, installation);
  }

  /** Vitest, as a child process that is left to run. */
  spawn(args: string[], env: Record<string, string | undefined> = {}): ChildProcess {
    const vitest = join(this.#installation.directory, 'node_modules', 'vitest', 'vitest.mjs');
    return spawn(this.#installation.node, [vitest, ...args], {
      cwd: this.directory,
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async run(args: string[], env: Record<string, string | undefined> = {}): Promise<Run> {
    const report = join(this.directory, 'report.json');
    await rm(report, { force: true });
    const reporter = join(import.meta.dirname, 'reporter.mjs');
    const child = this.spawn(['run', '--reporter=verbose', `--reporter=${reporter}`, ...args], env);
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr!.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, output, ...(await readReport(report)) };
  }

  file(name: string): Promise<string> {
    return readFile(join(this.directory, name), 'utf8');
  }

  /** The events that the broker wrote when it stopped. */
  async journal(): Promise<Record<string, string>[]> {
    const lines = (await this.file('journal.jsonl')).trim().split('\n');
    return lines.slice(1).map((line) => JSON.parse(line));
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

/** Ours, without what the Vitest that runs us has added to it. */
function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env, NO_COLOR: '1' } as NodeJS.ProcessEnv;
  for (const name of Object.keys(env)) {
    if (
      /^(VITEST|TEST$|NODE_ENV$|EPHEMERAL_|FORCE_COLOR|DEV$|PROD$|MODE$|BASE_URL|SSR$)/.test(name)
    ) {
      delete env[name];
    }
  }
  return env;
}

async function readReport(file: string): Promise<Omit<Run, 'code' | 'output'>> {
  const text = await readFile(file, 'utf8').catch(() => '{"tests":[],"errors":[]}');
  const { tests, errors } = JSON.parse(text) as {
    tests: (Result & { name: string })[];
    errors: string[];
  };
  const passed = tests.filter(({ state }) => state === 'passed').length;
  return { tests: new Map(tests.map((test) => [test.name, test])), passed, errors };
}
