import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { jsonLine, say } from './output.ts';

export const list: Command = {
  name: 'list',
  summary: 'print the keys that are set, a line of JSON for each',
  usage: '[PREFIX]',
  details: `
In the order of their keys: key, version, and expiresAt (milliseconds since
1970) where the value does not live as long as the broker. Never the values.`,
  options: { pipe: PIPE_OPTION },
  words: [0, 1],
  example: 'list login:',
  run: ({ positionals: [prefix], values }) =>
    withClient(values.pipe, async (client) => {
      for (const entry of await client.list({ prefix })) say(jsonLine(entry));
      return EXIT.done;
    }),
};
