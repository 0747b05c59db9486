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

The broker is the one that the environment names (EPHEMERAL_PIPE), else the one
that you have running on this host; of several, the one that --pipe PATH names.

Exit codes, of a command that was run its own:
  ${EXIT.failed}    what was asked for failed, or is not there
  ${EXIT.wrongUse}    wrong use, or a wrong config
  ${EXIT.noBroker}   no broker answers, or several run and it is not said which
  ${EXIT.timedOut}   waited in vain
  ${EXIT.leaseLost}   the lease was lost under the command
  ${EXIT.notExecutable}  the command cannot be run
  ${EXIT.notFound}  the command is not found
  ${EXIT.signalled} + n, where signal n ended the command`;

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

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Who reads has seen enough: `status | head`.
  if (code === 'EPIPE') process.exit(EXIT.done);
  tell(`the output was not written: ${code}`);
  process.exit(EXIT.failed);
});
/** Nobody is left to tell, but a command under way goes on, and so do its broker and its lease. */
process.stderr.on('error', () => {});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BrokerError)) throw error;
  tell(error.message);
  process.exitCode = exitCodeOf(error);
}
