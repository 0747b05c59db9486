import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalEvent } from '../core/journal.ts';
import { told } from '../testing/stderr.ts';
import { tellSummary } from './tell.ts';
import { timelineOf } from './timeline.ts';

const ended = (summary: boolean, waitMs: number) => {
  const events: JournalEvent[] = [
    { type: 'wait', ticket: 1, pools: ['lock:db'], session: 1, purpose: {}, at: 0, ms: 0 },
    { type: 'wait_end', ticket: 1, reason: 'timeout', at: waitMs, ms: waitMs },
  ];
  return { config: { summary }, journal: { pools: [], events } };
};

test('the summary of a run that had waits goes to stderr, after an empty line', () => {
  tellSummary(ended(true, 2_000));
  expect(told).toBe(
    '\nephemeral-broker: waits of this run (2.0 s)\n  lock:db: 2.0 s in 1 wait, 1 of them in vain\n    longest: 2.0 s, a client\n',
  );
});

test('a run without waits is told nothing, nor one whose config asks for silence', () => {
  tellSummary(ended(true, 500));
  tellSummary(ended(false, 2_000));
  expect(told).toBe('');
});

/** With a report in that file. */
function reported(summary: boolean, waitMs: number, file: string) {
  const { journal, ...run } = ended(summary, waitMs);
  return { ...run, journal, report: { file, timeline: timelineOf(journal), foretold: [] } };
}

test('a report is named in one line after the summary, as it is called from here', () => {
  tellSummary(reported(true, 2_000, resolve('out', 'report.html')));
  expect(told).toMatch(/^\nephemeral-broker: waits of .*\n {4}longest: 2\.0 s, a client\n/s);
  expect(told.endsWith(`\nephemeral-broker: report: ${join('out', 'report.html')}\n`)).toBe(true);
});

test('it is named where nothing was waited for, too', () => {
  tellSummary(reported(true, 0, resolve('report.html')));
  expect(told).toBe('\nephemeral-broker: report: report.html\n');
});

test('one that is elsewhere is named by its whole path, in one line however long that is', () => {
  const file = resolve('..', 'a name that has spaces '.repeat(9), 'report.html');
  tellSummary(reported(true, 0, file));
  expect(told).toBe(`\nephemeral-broker: report: ${file}\n`);
});

test('nor is it named where the config asks for silence', () => {
  tellSummary(reported(false, 2_000, resolve('report.html')));
  expect(told).toBe('');
});

test('what the report has foretold is not found out anew', () => {
  const run = reported(true, 2_000, resolve('report.html'));
  const foretold = [
    { pool: 'lock:db', size: 1, predictions: [], saves: true, sentence: 'as in the report' },
  ];
  tellSummary({ ...run, report: { ...run.report, foretold } });
  expect(told).toContain('    as in the report\n');
});
