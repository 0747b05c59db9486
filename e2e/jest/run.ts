import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Env, Project } from '../project.ts';

/** One test of a run. */
export interface Result {
  state: 'passed' | 'failed' | 'pending' | 'todo';
  /** Of its errors. */
  message: string;
}

export interface Run {
  code: number | null;
  output: string;
  /** By full name, with the names of suites before it; of several files with the same names, the last. */
  tests: Map<string, Result>;
  passed: number;
  /** The messages of files that failed outside of their tests. */
  errors: string[];
}

/** What Jest prints where something is left that should not be. */
export const NOTICES =
  /did not exit|failed to exit gracefully|open handle|force exited|ExperimentalWarning|Warning:|after the Jest environment|has been torn down/i;

export class JestProject extends Project {
  async run(args: string[] = [], env: Env = {}): Promise<Run> {
    const report = join(this.directory, 'report.json');
    await rm(report, { force: true });
    const started = this.start(['--json', `--outputFile=${report}`, '--no-cache', ...args], env);
    const code = await started.ended;
    return { code, output: started.output, ...(await readReport(report)) };
  }
}

interface Report {
  testResults: {
    message: string;
    assertionResults: { fullName: string; status: Result['state']; failureMessages: string[] }[];
  }[];
}

async function readReport(file: string): Promise<Omit<Run, 'code' | 'output'>> {
  const text = await readFile(file, 'utf8').catch(() => '{"testResults":[]}');
  const { testResults } = JSON.parse(text) as Report;
  const tests = new Map<string, Result>();
  let passed = 0;
  for (const { fullName, status, failureMessages } of testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  )) {
    tests.set(fullName, { state: status, message: failureMessages.join('\n') });
    if (status === 'passed') passed++;
  }
  const errors = testResults
    .filter(({ assertionResults, message }) => assertionResults.length === 0 && message !== '')
    .map(({ message }) => message);
  return { tests, passed, errors };
}
