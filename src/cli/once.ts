import { runChild } from './child.ts';
import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { Gathered } from './gathered.ts';
import { jsonLine, say, tell } from './output.ts';

/** The command that was to make the value has failed: its exit code is ours. */
class CommandFailed extends Error {
  constructor(readonly exitCode: number) {
    super(`the command ended with code ${exitCode}`);
  }
}

export const once: Command = {
  name: 'once',
  summary: 'print a value; where there is none, a command makes it for all',
  usage: 'KEY [OPTION ...] -- COMMAND [ARGUMENT ...]',
  details: `
What the command prints is the value: JSON where it is that, else a text,
without the line break at its end. Who asks meanwhile waits for it. Where the
command fails there is no value, all who waited are told, and the exit code is
the command's own.`,
  options: {
    ttl: { value: 'SPAN', help: 'how long the value lives; default: as long as the broker' },
    timeout: { value: 'SPAN', help: 'how long to wait for another that makes it' },
    raw: { help: 'a text as it is, without quotes', short: 'r' },
    pipe: PIPE_OPTION,
  },
  words: [1, 1],
  example: 'once login:ada --ttl 10m -- ./log-in.sh ada',
  runs: true,
  run: ({ positionals: [key], values, flags, command }) =>
    withClient(values.pipe, async (client) => {
      const { ttl, timeout } = values;
      const make = ({ signal }: { signal: AbortSignal }) => outputOf(command, signal);
      try {
        const value = await client.once<unknown>(key!, make, { ttl, timeout, onNotice: tell });
        say(flags.has('raw') && typeof value === 'string' ? value : jsonLine(value));
        return EXIT.done;
      } catch (error) {
        if (error instanceof CommandFailed) return error.exitCode;
        throw error;
      }
    }),
};

async function outputOf(command: readonly string[], signal: AbortSignal): Promise<unknown> {
  const printed = new Gathered('What the command has printed');
  const tooMuch = new AbortController();
  const code = await runChild(command, {
    signal: AbortSignal.any([signal, tooMuch.signal]),
    output: (chunk) => {
      printed.add(chunk);
      if (printed.tooMuch) tooMuch.abort();
    },
  });
  signal.throwIfAborted();
  if (code !== 0 && !printed.tooMuch) throw new CommandFailed(code);
  return valueIn(printed.text());
}

/**
 * JSON, or else a text, as `$(…)` in a shell has it. So is a number that would come out as another
 * text than it went in: a version 1.10, an id of 20 digits.
 */
export function valueIn(output: string): unknown {
  const text = output.replace(/(\r?\n)+$/, '');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && String(value) !== text.trim() ? text : value;
  } catch {
    return text;
  }
}
