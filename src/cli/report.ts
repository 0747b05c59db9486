import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BrokerError } from '../protocol/errors.ts';
import { parseJournal } from '../report/journal-file.ts';
import { journalHtml } from '../report/journal-html.ts';

/** A file cannot be read or written. */
const FAILED = 1;

/** `report FILE [--out FILE]`: draws the journal in a file as one HTML page. */
export function reportCommand(args: string[]): number {
  const { journal, out } = parse(args);
  let text: string;
  try {
    text = readFileSync(journal, 'utf8');
  } catch (error) {
    return fail(`the journal was not read: ${(error as Error).message}`);
  }
  const html = journalHtml(parseJournal(text, journal));
  try {
    writeFileSync(out, html, { mode: 0o600 });
  } catch (error) {
    return fail(`the report was not written: ${(error as Error).message}`);
  }
  process.stdout.write(`${out}\n`);
  return 0;
}

function parse(args: string[]): { journal: string; out: string } {
  let given: { positionals: string[]; values: { out?: string | undefined } };
  try {
    given = parseArgs({ args, options: { out: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    throw new BrokerError('bad_option', `report: ${(error as Error).message}`);
  }
  const [journal, ...more] = given.positionals;
  if (!journal || more.length > 0) {
    throw new BrokerError(
      'bad_option',
      'report needs the file of one journal, such as: ephemeral-broker report journal.jsonl',
    );
  }
  return { journal, out: given.values.out ?? 'report.html' };
}

function fail(what: string): number {
  process.stderr.write(`ephemeral-broker: ${what}\n`);
  return FAILED;
}
