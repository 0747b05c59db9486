import { BrokerError } from '../protocol/errors.ts';
import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { say, tell } from './output.ts';

export const health: Command = {
  name: 'health',
  summary: 'tell by the exit code whether the broker answers',
  usage: '',
  details: `Ends with 0 where it does, else with ${EXIT.noBroker}.`,
  options: { pipe: PIPE_OPTION },
  words: [0, 0],
  example: 'health',
  run: ({ values }) =>
    withClient(values.pipe, async (client) => {
      await client.pools();
      say('ok');
      return EXIT.done;
    }).catch((error) => {
      if (!(error instanceof BrokerError)) throw error;
      // Also one that takes no more connections, say, answers nobody who asks now.
      tell(error.message);
      return EXIT.noBroker;
    }),
};
