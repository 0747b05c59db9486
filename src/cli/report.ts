import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf } from '../protocol/errors.ts';
import { parseJournal } from '../report/journal-file.ts';
import { drawJournal } from '../report/journal-html.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { say, tell } from './output.ts';

const DEFAULT_OUT = 'report.html';

export const report: Command = {
  name: 'report',
  summary: 'draw the journal of a run as one HTML page',
  usage: 'FILE [--out FILE]',
  details: `
FILE is what a run wrote with journal in its config, or with EPHEMERAL_JOURNAL.
The page needs nothing beside itself: open it in a browser, or attach it to a
build.`,
  options: { out: { value: 'FILE', help: `where the page goes; ${DEFAULT_OUT} unless given` } },
  words: [1, 1],
  example: 'report broker.journal --out report.html',
  async run({ positionals: [journal], values: { out = DEFAULT_OUT } }) {
    let text: string;
    try {
      text = readFileSync(journal!, 'utf8');
    } catch (error) {
      tell(`the journal was not read: ${messageOf(error)}`);
      return EXIT.failed;
    }
    const parsed = parseJournal(text, journal!);
    if (parsed.cutOff)
      tell(`${journal} was cut off in its last line: the end of the run is missing.`);
    const { html } = drawJournal(parsed);
    try {
      writeFileSync(out, html, { mode: 0o600 });
    } catch (error) {
      tell(`the report was not written: ${messageOf(error)}`);
      return EXIT.failed;
    }
    say(out);
    return EXIT.done;
  },
};
