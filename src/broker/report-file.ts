import { writeFileSync } from 'node:fs';
import type { ResolvedConfig } from '../config/check.ts';
import type { Journal } from '../core/journal.ts';
import { REPORT_VARIABLE } from '../protocol/environment.ts';
import { journalOf } from './journal-file.ts';
import type { MachineUse } from './machine.ts';

export type WriteReport = (journal: Journal, machine: MachineUse) => void;

/**
 * How the journal is to be drawn where the environment (`EPHEMERAL_REPORT`) or the config says;
 * undefined where neither does. What draws it is loaded at the start, and only then: a process that
 * exits can load nothing more. Readable by this user only. A file that cannot be written is told on
 * stderr, and stops nobody.
 */
export async function loadReport(config: ResolvedConfig): Promise<WriteReport | undefined> {
  const file = process.env[REPORT_VARIABLE] || config.report;
  if (!file) return undefined;
  const { journalHtml } = await import('../report/journal-html.ts');
  return (journal, machine) => {
    try {
      const html = journalHtml({ ...journalOf(config, journal, machine), cutOff: false });
      writeFileSync(file, html, { mode: 0o600 });
    } catch (error) {
      process.stderr.write(
        `ephemeral-broker: the report was not written: ${(error as Error).message}\n`,
      );
    }
  };
}
