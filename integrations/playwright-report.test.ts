import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveConfig } from '../src/config/check.ts';
import { told } from '../src/testing/stderr.ts';
import { askForReport, withReport } from './playwright-report.ts';

const REPORT = Symbol.for('ephemeral-broker.playwright.report');

let directory: string;
let outputDir: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  outputDir = join(directory, 'test-results');
  vi.stubEnv('EPHEMERAL_PIPE', undefined);
  vi.stubEnv('EPHEMERAL_REPORT', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  delete (globalThis as { [REPORT]?: unknown })[REPORT];
  rmSync(directory, { recursive: true });
});

const config = (report?: string) => ({
  ...resolveConfig({ pools: { accounts: ['ann'] } }, 'test'),
  report,
});

/** Where the broker is to draw it, and where the reporter finds it. */
function drawn(outputFile: string | undefined, configured?: string) {
  const asked = askForReport(outputFile);
  const { report, ...others } = withReport(config(configured), { directory, outputDir });
  const { report: _, ...same } = config();
  expect(others).toEqual(same);
  expect(asked.file).toBe(report);
  return report;
}

test('without a reporter, the config stays as it is', () => {
  const given = config('/own.html');
  expect(withReport(given, { directory, outputDir })).toBe(given);
});

test('it is where tests leave what they leave behind, and that is made', () => {
  expect(drawn(undefined)).toBe(join(outputDir, 'broker-report.html'));
  expect(existsSync(outputDir)).toBe(true);
});

test('what names its file is the environment, then the reporter, then the config', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(directory, name, 'report.html'));
  expect(drawn(undefined, c)).toBe(c);
  expect(drawn(join('b', 'report.html'), c)).toBe(b);
  vi.stubEnv('EPHEMERAL_REPORT', relative(process.cwd(), a!));
  expect(drawn(join('b', 'report.html'), c)).toBe(a);
});

test('a directory that cannot be made stops nobody: the broker tells that there is no report', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(drawn('file/report.html')).toBe(join(directory, 'file', 'report.html'));
});

test('the broker of another process draws it for nobody here, which is told', () => {
  vi.stubEnv('EPHEMERAL_PIPE', '/somewhere');
  expect(drawn('report.html')).toBeUndefined();
  expect(told).toMatch(/^ephemeral-broker: .*EPHEMERAL_REPORT=report\.html\n$/);
});

test('unless that one has been told where', () => {
  vi.stubEnv('EPHEMERAL_PIPE', '/somewhere');
  vi.stubEnv('EPHEMERAL_REPORT', 'report.html');
  expect(drawn('report.html')).toBeUndefined();
  expect(told).toBe('');
});

test('where the next run joins another broker, the report of the last one is none of it', () => {
  const asked = askForReport('report.html');
  withReport(config(), { directory, outputDir });
  vi.stubEnv('EPHEMERAL_PIPE', '/somewhere');
  withReport(config(), { directory, outputDir });
  expect(asked.file).toBeUndefined();
});
