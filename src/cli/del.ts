import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { jsonLine, say } from './output.ts';

export const del: Command = {
  name: 'del',
  summary: 'remove a value, and print whether it was there',
  usage: 'KEY',
  details: '',
  options: { pipe: PIPE_OPTION },
  words: [1, 1],
  example: 'del base-url',
  run: ({ positionals: [key], values }) =>
    withClient(values.pipe, async (client) => {
      say(jsonLine(await client.del(key!)));
      return EXIT.done;
    }),
};
