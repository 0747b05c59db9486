#!/usr/bin/env node
import { BrokerError } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';

const HELP = `ephemeral-broker ${VERSION}: leases and shared values for parallel test workers

Usage:
  ephemeral-broker run [--config FILE] -- COMMAND [ARGUMENT ...]
      Starts a broker, runs the command with EPHEMERAL_PIPE and EPHEMERAL_SECRET in its
      environment, and stops the broker when the command ends. Where the environment already
      names a broker, that one is used. The config is FILE, or a broker.config.* found from here
      upwards.
  ephemeral-broker report FILE [--out report.html]
      Draws the journal in FILE (see EPHEMERAL_JOURNAL) as one HTML page: who held what, and who
      waited for it.
  ephemeral-broker --help | --version

Exit codes: the command's own; 128 + n where signal n ended it; 126 where it cannot be run, 127
where it is not found; 1 for a file that cannot be read or written; 2 for a wrong use, a wrong
config, or what is no journal.
`;

/** Wrong use, as most tools of the shell have it. */
const USAGE = 2;

async function main([command, ...args]: string[]): Promise<number> {
  if (command === '--version') return say(VERSION);
  if (command === '--help' || command === 'help') return say(HELP.trimEnd());
  if (command === 'run') return runCommand(args);
  if (command === 'report') return reportCommand(args);
  throw new BrokerError(
    'bad_option',
    `${command === undefined ? 'A command is missing' : `There is no command '${command}'`}: see ephemeral-broker --help.`,
  );
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BrokerError)) throw error;
  process.stderr.write(`ephemeral-broker: ${error.message}\n`);
  process.exitCode = USAGE;
}
