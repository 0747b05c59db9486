import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeVersion, RunnerVersion } from '../installation.ts';
import { type Env, Project } from '../project.ts';

type Version = [runner: RunnerVersion, node: NodeVersion];
export const OLDEST: Version = ['playwright-1.50', 20];
export const NEWEST: Version = ['playwright-1.65', 20];
export const NEWEST_NODE: Version = ['playwright-1.65', 24];

/** Installed by `npm test` where that takes no password. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** One run of one test; a retry is another one. */
export interface Attempt {
  /** `[project] suite > test`. */
  name: string;
  status: 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted';
  retry: number;
  workerIndex: number;
  /** Of its errors. */
  message: string;
  annotations: string[];
  /** Titles, `outer > inner`. */
  steps: string[];
}

export interface Run {
  code: number | null;
  output: string;
  attempts: Attempt[];
  /** The last attempt of each test. */
  tests: Map<string, Attempt>;
  passed: number;
  /** The messages of errors outside of tests. */
  errors: string[];
}

export class PlaywrightProject extends Project {
  async run(args: string[] = [], env: Env = {}): Promise<Run> {
    const report = join(this.directory, 'report.json');
    await rm(report, { force: true });
    const started = this.start(args, env);
    const code = await started.ended;
    return { code, output: started.output, ...(await readReport(report)) };
  }

  override start(args: string[] = [], env: Env = {}) {
    const reporter = join(import.meta.dirname, 'reporter.mjs');
    return super.start(['test', `--reporter=dot,${reporter}`, ...args], env);
  }
}

async function readReport(file: string): Promise<Omit<Run, 'code' | 'output'>> {
  const text = await readFile(file, 'utf8').catch(() => '{"attempts":[],"errors":[]}');
  const { attempts, errors } = JSON.parse(text) as { attempts: Attempt[]; errors: string[] };
  const tests = new Map(attempts.map((attempt) => [attempt.name, attempt]));
  const passed = [...tests.values()].filter(({ status }) => status === 'passed').length;
  return { attempts, tests, passed, errors };
}
