import { Broker } from '../broker/broker.ts';
import { joinBroker } from '../client/join.ts';
import { loadConfig } from '../config/load.ts';
import { PIPE_VARIABLE } from '../protocol/environment.ts';
import { tellSummary } from '../report/tell.ts';
import { runChild } from './child.ts';
import type { Command } from './command.ts';

export const run: Command = {
  name: 'run',
  summary: 'start a broker, run a command with it, stop the broker',
  usage: '[--config FILE] -- COMMAND [ARGUMENT ...]',
  details: `
The command has EPHEMERAL_PIPE and EPHEMERAL_SECRET in its environment. Where
the environment already names a broker, that one is used. The config is FILE, or
a broker.config.* found from here upwards. Signals are passed on to the command,
and the exit code is the command's own.`,
  options: { config: { value: 'FILE', help: 'the config, in place of the one that is found' } },
  words: [0, 0],
  example: 'run -- npx vitest',
  runs: true,
  async run({ values, command }) {
    const config = await loadConfig({
      from: process.cwd(),
      env: process.env,
      file: values.config,
    });
    if (process.env[PIPE_VARIABLE]) {
      await joinBroker(config);
      return runChild(command);
    }
    const broker = await Broker.start(config);
    try {
      return await runChild(command, { env: { ...process.env, ...broker.env } });
    } finally {
      await broker.stop();
      tellSummary(broker);
    }
  },
};
