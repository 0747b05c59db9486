import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ResolvedConfig } from '../config/check.ts';
import type { Journal } from '../core/journal.ts';
import { REPORT_VARIABLE } from '../protocol/environment.ts';
import type { Report } from '../report/journal-html.ts';
import { journalOf } from './journal-file.ts';
import type { MachineUse } from './machine.ts';

/** Undefined where nothing could be written. */
export type WriteReport = (journal: Journal, machine: MachineUse) => Report | undefined;

/**
 * How the journal is to be drawn where the environment (`EPHEMERAL_REPORT`) or the config says;
 * undefined where neither does. What draws it is loaded at the start, and only then: a process that
 * exits can load nothing more. Readable by this user only. A file that cannot be written is told on
 * stderr, and stops nobody.
 */
export async function loadReport(config: ResolvedConfig): Promise<WriteReport | undefined> {
  const asked = process.env[REPORT_VARIABLE] || config.report;
  if (!asked) return undefined;
  const file = resolve(asked);
  const { drawJournal } = await import('../report/journal-html.ts');
  return (journal, machine) => {
    try {
      const { html, ...found } = drawJournal({
        ...journalOf(config, journal, machine),
        cutOff: false,
      });
      writeFileSync(file, html, { mode: 0o600 });
      return { file, ...found };
    } catch (error) {
      process.stderr.write(
        `ephemeral-broker: the report was not written: ${(error as Error).message}\n`,
      );
      return undefined;
    }
  };
}
