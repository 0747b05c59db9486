import { quoted } from '../protocol/errors.ts';
import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { jsonLine, say, tell } from './output.ts';

export const get: Command = {
  name: 'get',
  summary: 'print a value as JSON',
  usage: 'KEY [--raw]',
  details: 'Ends with 1 where the key is not set.',
  options: {
    raw: { help: 'a text as it is, without quotes', short: 'r' },
    pipe: PIPE_OPTION,
  },
  words: [1, 1],
  example: 'get base-url',
  run: ({ positionals: [key], flags, values }) =>
    withClient(values.pipe, async (client) => {
      const entry = await client.getEntry(key!);
      if (!entry) {
        tell(`The key ${quoted(key!)} is not set.`);
        return EXIT.failed;
      }
      const asItIs = flags.has('raw') && typeof entry.value === 'string';
      say(asItIs ? entry.value : jsonLine(entry.value));
      return EXIT.done;
    }),
};
