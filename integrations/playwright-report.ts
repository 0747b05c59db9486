import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ResolvedConfig } from '../src/config/check.ts';
import { PIPE_VARIABLE, REPORT_VARIABLE } from '../src/protocol/environment.ts';

/** The report of a run, between the reporter that asks for it and the set-up: Playwright evaluates them apart, in one process. */
export interface RunReport {
  outputFile: string | undefined;
  /** Where it will be when the broker has stopped; none while no broker runs that will draw it. */
  file: string | undefined;
}

const REPORT = Symbol.for('ephemeral-broker.playwright.report');
const place = globalThis as { [REPORT]?: RunReport };

/** Before the set-up runs. */
export function askForReport(outputFile: string | undefined): RunReport {
  place[REPORT] = { outputFile, file: undefined };
  return place[REPORT];
}

interface Places {
  /** Of the Playwright config. */
  directory: string;
  /** Of what tests leave behind: Playwright empties it before each run. */
  outputDir: string;
}

/** The config, with the report that a reporter asks for. What names a file is, from the nearest: the environment, the reporter, the config. */
export function withReport(
  config: ResolvedConfig,
  { directory, outputDir }: Places,
): ResolvedConfig {
  const report = place[REPORT];
  if (!report) return config;
  report.file = undefined;
  const inEnvironment = process.env[REPORT_VARIABLE];
  if (process.env[PIPE_VARIABLE]) {
    if (!inEnvironment) tellOther();
    return config;
  }
  const { outputFile } = report;
  report.file = inEnvironment
    ? resolve(inEnvironment)
    : outputFile
      ? resolve(directory, outputFile)
      : (config.report ?? join(outputDir, 'broker-report.html'));
  try {
    mkdirSync(dirname(report.file), { recursive: true });
  } catch {
    // The broker will tell that the report could not be written.
  }
  return { ...config, report: report.file };
}

const tellOther = () =>
  void process.stderr.write(
    `ephemeral-broker: the broker of this run is that of another process, so the reporter has no report of it. Name its file where that is started: ${REPORT_VARIABLE}=report.html\n`,
  );
