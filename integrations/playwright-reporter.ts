import type { Reporter, TestCase, TestResult, TestStep } from '@playwright/test/reporter';
import { badOption } from '../src/protocol/errors.ts';
import { askForReport, type RunReport } from './playwright-report.ts';

export interface ReporterOptions {
  /** Relative to the place of the Playwright config. Default: what the broker's config has as `report`, else `broker-report.html` in `outputDir`. */
  outputFile?: string | undefined;
}

/** As the fixtures call the step that is a wait: `wait for pool 'accounts'`. */
const WAIT = /^wait for [a-z]+ '/;
/** A wait that was shorter is not worth a look at the report. */
const LONG_MS = 1_000;
/** Playwright's HTML report reads and copies what is attached, for each test anew. */
const MOST = 20;

/**
 * A Playwright reporter: has the broker draw the report of the run, and attaches it to the tests that
 * waited longest.
 *
 * The file is there when the broker has stopped, which is before any reporter reads it. It is
 * attached while the test still runs, so that reporters before this one have it as well.
 */
export default class BrokerReporter implements Reporter {
  readonly #report: RunReport;
  /** Waits of tests that have it, longest first. */
  readonly #longest: number[] = [];
  readonly #attached = new WeakSet<TestResult>();

  /** @throws BrokerError `bad_option` for an `outputFile` that names none. */
  constructor({ outputFile }: ReporterOptions = {}) {
    if (outputFile !== undefined && (typeof outputFile !== 'string' || outputFile === '')) {
      throw badOption('outputFile of ephemeral-broker/playwright/reporter', 'a path', outputFile);
    }
    this.#report = askForReport(outputFile);
  }

  onStepEnd(_test: TestCase, result: TestResult, { title, duration }: TestStep): void {
    const { file } = this.#report;
    if (file === undefined || duration < LONG_MS || !WAIT.test(title)) return;
    if (this.#attached.has(result) || !this.#isAmongLongest(duration)) return;
    this.#attached.add(result);
    result.attachments.push({ name: 'leases and waits', path: file, contentType: 'text/html' });
  }

  /** Playwright keeps its own reporter for the terminal then. */
  printsToStdio(): boolean {
    return false;
  }

  #isAmongLongest(ms: number): boolean {
    const longest = this.#longest;
    longest.push(ms);
    longest.sort((a, b) => b - a);
    return longest.length <= MOST || longest.pop() !== ms;
  }
}
