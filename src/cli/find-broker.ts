import { currentPlatform } from '../broker/platform.ts';
import { type RunningBroker, runningBrokers } from '../broker/running.ts';
import type { Client } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { type Address, PIPE_VARIABLE, SECRET_VARIABLE } from '../protocol/environment.ts';
import { BrokerError, oneLine } from '../protocol/errors.ts';

/** Brokers that one message lists; the rest are counted. */
const LISTED = 20;

/**
 * Where the broker is: the one that `pipe` names, else the one that the environment names, else the
 * one that runs.
 *
 * @throws BrokerError `no_broker`, `several_brokers`.
 */
export async function findBroker(
  pipe: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  running = () => runningBrokers(currentPlatform()),
): Promise<Address> {
  const named = namedBy(env);
  if (named && (pipe === undefined || pipe === named.pipe)) return named;
  const brokers = await running();
  if (pipe !== undefined) {
    const chosen = brokers.find(({ address }) => address.pipe === pipe);
    if (chosen) return chosen.address;
    throw noSuchBroker(brokers);
  }
  const [only, ...others] = brokers;
  if (!only) throw noneRuns();
  if (others.length > 0) throw severalBrokers(brokers);
  return only.address;
}

/** Does `use` with a client of the broker, which is closed however that ends. */
export async function withClient<T>(
  pipe: string | undefined,
  use: (client: Client, address: Address) => Promise<T>,
): Promise<T> {
  const address = await findBroker(pipe);
  const client = await connect({ ...address, identity: { runner: 'cli' } });
  try {
    return await use(client, address);
  } finally {
    await client.close();
  }
}

function namedBy(env: NodeJS.ProcessEnv): Address | undefined {
  const { [PIPE_VARIABLE]: pipe, [SECRET_VARIABLE]: secret } = env;
  return pipe ? { pipe, ...(secret ? { secret } : {}) } : undefined;
}

const noneRuns = (): BrokerError =>
  new BrokerError(
    'no_broker',
    `There is no broker: ${PIPE_VARIABLE} is not set, and you have none that runs on this host. Start one with ephemeral-broker run -- COMMAND, or by your test runner.`,
  );

const noSuchBroker = (brokers: readonly RunningBroker[]): BrokerError =>
  new BrokerError(
    'no_broker',
    brokers.length === 0
      ? 'No broker of yours runs at the --pipe given, nor anywhere else on this host.'
      : `No broker of yours runs at the --pipe given. These run:${list(brokers)}`,
  );

const severalBrokers = (brokers: readonly RunningBroker[]): BrokerError =>
  new BrokerError(
    'several_brokers',
    `${brokers.length} brokers of yours run, and ${PIPE_VARIABLE} names none. Say which one with --pipe PATH:${list(brokers)}`,
    { pipes: brokers.slice(0, LISTED).map(({ address }) => address.pipe) },
  );

function list(brokers: readonly RunningBroker[]): string {
  const rows = brokers.slice(0, LISTED).map(({ pid, cwd, startedAt, address }) => {
    const where = cwd === undefined ? '' : ` in ${oneLine(cwd)}`;
    const since = new Date(startedAt).toISOString();
    return `\n  ${oneLine(address.pipe)}\n    pid ${pid}${where}, since ${since}`;
  });
  if (brokers.length > LISTED) rows.push(`\n  and ${brokers.length - LISTED} more`);
  return rows.join('');
}
