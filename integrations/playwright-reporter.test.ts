import { resolve } from 'node:path';
import type { TestCase, TestResult, TestStep } from '@playwright/test/reporter';
import { afterEach, expect, test } from 'vitest';
import { resolveConfig } from '../src/config/check.ts';
import { withReport } from './playwright-report.ts';
import BrokerReporter from './playwright-reporter.ts';

const REPORT = Symbol.for('ephemeral-broker.playwright.report');
const FILE = resolve('report.html');

afterEach(() => {
  delete (globalThis as { [REPORT]?: unknown })[REPORT];
});

const result = () => ({ attachments: [] }) as unknown as TestResult;

function end(reporter: BrokerReporter, title: string, duration: number, of = result()) {
  reporter.onStepEnd({} as TestCase, of, { title, duration } as TestStep);
  return of.attachments;
}

/** One whose set-up has run. */
function drawing(): BrokerReporter {
  const reporter = new BrokerReporter({ outputFile: FILE });
  withReport(resolveConfig({}, 'test'), { directory: '/', outputDir: '/' });
  return reporter;
}

test('a test that waited has the report, once, from the end of its wait on', () => {
  const reporter = drawing();
  const of = result();
  const attached = [{ name: 'leases and waits', path: FILE, contentType: 'text/html' }];
  expect(end(reporter, "wait for pool 'accounts'", 1_000, of)).toEqual(attached);
  expect(end(reporter, "wait for lock 'db' and pool 'ports'", 3_000, of)).toEqual(attached);
});

test.each([
  ["wait for pool 'accounts'", 999],
  ['wait for the page', 5_000],
  ["then wait for pool 'accounts'", 5_000],
])('a step %j of %i ms is no such wait', (title, duration) => {
  expect(end(drawing(), title, duration)).toEqual([]);
});

test('where no broker draws a report, none is attached', () => {
  expect(end(new BrokerReporter({ outputFile: FILE }), "wait for pool 'accounts'", 5_000)).toEqual(
    [],
  );
});

test('of very many tests those have it that waited longest so far', () => {
  const reporter = drawing();
  const attached = (ms: number) => end(reporter, "wait for pool 'accounts'", ms).length === 1;
  const first = Array.from({ length: 20 }, (_, i) => attached(3_000 + i));
  expect(first).not.toContain(false);
  expect([2_999, 3_002, 3_001].map(attached)).toEqual([false, true, false]);
});

test.each([{}, { outputFile: undefined }, undefined])('the options %j are fine', (options) => {
  expect(new BrokerReporter(options).printsToStdio()).toBe(false);
});

test.each([true, ''])('outputFile: %j is refused', (outputFile) => {
  expect(() => new BrokerReporter({ outputFile } as object)).toThrow(
    expect.objectContaining({ code: 'bad_option' }),
  );
});
