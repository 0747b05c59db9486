import { reportHtml } from './html.ts';
import type { JournalFile } from './journal-file.ts';
import { pageData } from './page-data.ts';

/** A journal as one HTML page. */
export const journalHtml = (journal: JournalFile): string => reportHtml(pageData(journal));
