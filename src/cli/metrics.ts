import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { metricsText } from './metrics-text.ts';

export const metrics: Command = {
  name: 'metrics',
  summary: 'print the numbers of the status as Prometheus reads them',
  usage: '',
  details: '',
  options: { pipe: PIPE_OPTION },
  words: [0, 0],
  example: 'metrics',
  run: ({ values }) =>
    withClient(values.pipe, async (client) => {
      process.stdout.write(metricsText(await client.status()));
      return EXIT.done;
    }),
};
