import { reportHtml } from './html.ts';
import type { JournalFile } from './journal-file.ts';
import { pageData } from './page-data.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { type WhatIf, whatIf } from './what-if.ts';

/** What a journal tells. It takes a while to find out, and serves the page and the summary. */
interface Findings {
  timeline: Timeline;
  foretold: WhatIf[];
}

/** A page that was written. */
export interface Report extends Findings {
  file: string;
}

/** A journal as one HTML page. */
export function drawJournal(journal: JournalFile): Findings & { html: string } {
  const timeline = timelineOf(journal);
  const foretold = whatIf(timeline);
  return { html: reportHtml(pageData(journal, timeline, foretold)), timeline, foretold };
}
