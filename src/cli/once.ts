import { BrokerError } from '../protocol/errors.ts';
import { MAX_COMMAND_OUTPUT } from '../protocol/limits.ts';
import { runChild } from './child.ts';
import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { jsonLine, say, tell } from './output.ts';

/** The command that was to make the value has failed: its exit code is ours. */
class CommandFailed extends Error {
  constructor(readonly exitCode: number) {
    super(`the command ended with code ${exitCode}`);
  }
}

export const once: Command = {
  name: 'once',
  summary: 'print the value of a key; where there is none, a command makes it, once for all',
  usage: 'KEY [--ttl SPAN] [--timeout SPAN] -- COMMAND [ARGUMENT ...]',
  details: `
What the command prints is the value: JSON where it is that, else a text, without the
line break at its end. Who asks meanwhile waits for it. Where the command fails there
is no value, all who waited are told, and the exit code is the command's own.`,
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
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tooMuch = new AbortController();
  const code = await runChild(command, {
    signal: AbortSignal.any([signal, tooMuch.signal]),
    output: (chunk) => {
      bytes += chunk.length;
      if (bytes <= MAX_COMMAND_OUTPUT) chunks.push(chunk);
      else tooMuch.abort();
    },
  });
  if (tooMuch.signal.aborted) {
    throw new BrokerError(
      'too_large',
      `The command has printed more than ${MAX_COMMAND_OUTPUT} bytes.`,
    );
  }
  signal.throwIfAborted();
  if (code !== 0) throw new CommandFailed(code);
  return valueIn(Buffer.concat(chunks).toString());
}

/** JSON, or else a text, as `$(…)` in a shell has it. */
export function valueIn(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return output.replace(/(\r?\n)+$/, '');
  }
}
