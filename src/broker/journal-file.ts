import { writeFileSync } from 'node:fs';
import type { ResolvedConfig } from '../config/check.ts';
import type { Journal } from '../core/journal.ts';
import { JOURNAL_VARIABLE } from '../protocol/environment.ts';
import { VERSION } from '../protocol/version.ts';
import type { MachineUse } from './machine.ts';

/** The version of the file's format. */
const FORMAT = 1;

/** What happened, in which pools of the config, and how busy the machine was. */
export const journalOf = (
  { pools, shard }: ResolvedConfig,
  journal: Journal,
  machine: MachineUse,
) => ({
  version: VERSION,
  shard,
  pools: pools.map(({ name, definition }) => ({ name, size: definition.values.length })),
  machine: machine.told(),
  sessions: journal.sessions(),
  events: journal.events(),
});

/**
 * Writes the journal where the environment (`EPHEMERAL_JOURNAL`) or the config says, as JSON lines:
 * first what it is, then the events, oldest first. Readable by this user only. A file that cannot be
 * written is told on stderr, and stops nobody.
 */
export function writeJournal(config: ResolvedConfig, journal: Journal, machine: MachineUse): void {
  const file = process.env[JOURNAL_VARIABLE] || config.journal;
  if (!file) return;
  const { events, ...head } = journalOf(config, journal, machine);
  const lines = [{ journal: FORMAT, ...head }, ...events];
  try {
    writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`, {
      mode: 0o600,
    });
  } catch (error) {
    process.stderr.write(
      `ephemeral-broker: the journal was not written: ${(error as Error).message}\n`,
    );
  }
}
