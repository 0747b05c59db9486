import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Env, Project } from '../project.ts';

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

export class VitestProject extends Project {
  async run(args: string[], env: Env = {}): Promise<Run> {
    const report = join(this.directory, 'report.json');
    await rm(report, { force: true });
    const reporter = join(import.meta.dirname, 'reporter.mjs');
    const started = this.start(
      ['run', '--reporter=verbose', `--reporter=${reporter}`, ...args],
      env,
    );
    const code = await started.ended;
    return { code, output: started.output, ...(await readReport(report)) };
  }
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
