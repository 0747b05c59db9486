import { summaryOf } from './summary.ts';
import { timelineOf } from './timeline.ts';

/** Of a terminal that does not say it, and of what is none. */
const COLUMNS = 80;

interface Ended {
  config: { summary: boolean };
  journal: Parameters<typeof timelineOf>[0];
}

/** Writes the summary of a run to stderr, where its config does not ask for silence. */
export function tellSummary({ config, journal }: Ended): void {
  if (!config.summary) return;
  const lines = summaryOf(timelineOf(journal), process.stderr.columns ?? COLUMNS);
  if (lines.length > 0) process.stderr.write(`\n${lines.join('\n')}\n`);
}
