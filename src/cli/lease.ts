import type { Lease } from '../client/lease.ts';
import { PIPE_VARIABLE, SECRET_VARIABLE } from '../protocol/environment.ts';
import { BrokerError } from '../protocol/errors.ts';
import { runChild } from './child.ts';
import { type Command, PIPE_OPTION, wrongUse } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { tell } from './output.ts';
import { resourceEnv, whereOf } from './resource-env.ts';

export const lease: Command = {
  name: 'lease',
  summary: 'run a command that has a resource of a pool to itself',
  usage: 'POOL [OPTION ...] -- COMMAND [ARGUMENT ...]',
  details: `
The command has the resource in its environment: as JSON in EPHEMERAL_RESOURCE,
and each field of an object in a variable of its own: EPHEMERAL_RESOURCE_USER.
It has EPHEMERAL_PIPE and EPHEMERAL_SECRET too. The resource is free again when
the command has ended, however it did. Where the lease is lost meanwhile, the
command gets SIGTERM, after 5 s SIGKILL, and the exit code is ${EXIT.leaseLost}; waited in
vain: ${EXIT.timedOut}.`,
  options: {
    where: { value: 'NAME=VALUE', help: 'only resources with this; again for more of them' },
    timeout: { value: 'SPAN', help: 'how long to wait (30s, 5m; 0ms: now or never)' },
    ttl: { value: 'SPAN', help: 'how long it outlives a standstill of this program' },
    pipe: PIPE_OPTION,
  },
  words: [1, 1],
  example: 'lease accounts --where role=admin --timeout 30s -- npm test',
  runs: true,
  run({ positionals: [pool], values, lists, command }) {
    const where = whereOf(lists.where ?? [], (problem) => wrongUse(lease, problem));
    return withClient(values.pipe, async (client, { pipe, secret }) => {
      const { timeout, ttl } = values;
      const held: Lease = await client.lease(pool!, { where, timeout, ttl, onNotice: tell });
      const env = {
        ...process.env,
        [PIPE_VARIABLE]: pipe,
        [SECRET_VARIABLE]: secret ?? '',
        ...resourceEnv(held.value),
      };
      const { signal } = held;
      signal.addEventListener('abort', () =>
        tell(`${signal.reason.message} The command is stopped.`),
      );
      const code = await runChild(command, { env, signal });
      if (signal.aborted) return EXIT.leaseLost;
      try {
        await held.release();
        return code;
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        tell(`${error.message} What the command did, it may not have done alone.`);
        return EXIT.leaseLost;
      }
    });
  },
};
