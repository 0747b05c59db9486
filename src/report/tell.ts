import { isAbsolute, relative } from 'node:path';
import { printable } from '../protocol/errors.ts';
import type { Report } from './journal-html.ts';
import { summaryOf } from './summary.ts';
import { timelineOf } from './timeline.ts';

/** Of a terminal that does not say it, and of what is none. */
const COLUMNS = 80;

interface Ended {
  config: { summary: boolean };
  journal: Parameters<typeof timelineOf>[0];
  report?: Report | undefined;
}

/** Writes the summary of a run to stderr, and where its report is, where its config does not ask for silence. */
export function tellSummary({ config, journal, report }: Ended): void {
  if (!config.summary) return;
  const { timeline = timelineOf(journal), foretold } = report ?? {};
  const lines = summaryOf(timeline, process.stderr.columns ?? COLUMNS, foretold);
  // Whole, so that it can be copied.
  if (report) lines.push(printable(`ephemeral-broker: report: ${fromHere(report.file)}`));
  if (lines.length > 0) process.stderr.write(`\n${lines.join('\n')}\n`);
}

function fromHere(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}
