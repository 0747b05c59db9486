#!/usr/bin/env node
import { BrokerError, didYouMean, quoted } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import { helpOf, parseCommand } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { say, tell } from './output.ts';

const WIDTH = Math.max(...COMMANDS.map(({ name }) => name.length));

const HELP = `ephemeral-broker ${VERSION}: leases and shared values for parallel test workers

Usage: ephemeral-broker COMMAND [ARGUMENT ...]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(WIDTH)}  ${summary}`).join('\n')}

  ephemeral-broker COMMAND --help says more of each; --version says which this is.

The broker is the one that the environment names (EPHEMERAL_PIPE), else the one that
you have running on this host; of several, the one that --pipe PATH names.

Exit codes: of a command that was run, its own, or 128 + n where signal n ended it;
126 where it cannot be run, 127 where it is not found. ${EXIT.failed}: it failed, or is not there;
${EXIT.wrongUse}: wrong use, or a wrong config; ${EXIT.noBroker}: no broker answers, or it is not known which is
meant; ${EXIT.timedOut}: waited in vain; ${EXIT.leaseLost}: the lease was lost under the command.`;

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version') return print(VERSION);
  if (name === '--help' || name === '-h') return print(HELP);
  if (name === 'help') return print(args[0] === undefined ? HELP : helpOf(commandOf(args[0])));
  const command = commandOf(name);
  const given = parseCommand(command, args);
  return given ? await command.run(given) : print(helpOf(command));
}

function commandOf(name: string | undefined) {
  const command = COMMANDS.find((each) => each.name === name);
  if (command) return command;
  const names = COMMANDS.map((each) => each.name);
  throw new BrokerError(
    'bad_option',
    name === undefined
      ? 'A command is missing: see ephemeral-broker --help.'
      : `There is no command ${quoted(name)}.${didYouMean(name, names)} See ephemeral-broker --help.`,
  );
}

function print(text: string): number {
  say(text);
  return EXIT.done;
}

/** Who reads has seen enough: `status | head`. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BrokerError)) throw error;
  tell(error.message);
  process.exitCode = exitCodeOf(error);
}
