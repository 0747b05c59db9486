import type { RegisteredConfig } from '../config/register.ts';
import { type Address, PIPE_VARIABLE, SECRET_VARIABLE } from '../protocol/environment.ts';
import { BrokerError, badOption } from '../protocol/errors.ts';
import type { Identity } from '../protocol/messages.ts';
import { Client } from './client.ts';
import { ownIdentity } from './identity.ts';
import { linkTo } from './link.ts';

export interface ConnectOptions {
  /** Where the broker listens; from the environment unless given. */
  pipe?: string | undefined;
  /** Its secret. Taken from the environment only together with the pipe: the secret of one broker is none of another's. */
  secret?: string | undefined;
  /** Who this is, for the messages of those who wait. Known by itself in the workers of Vitest, Jest, Playwright and WebdriverIO. */
  identity?: Identity | undefined;
}

/**
 * A client of the broker: the one given, or the one that the environment names (`EPHEMERAL_PIPE`,
 * `EPHEMERAL_SECRET`, set by the runner's set-up).
 *
 * Clients of one process share a connection. It keeps the process alive only while a call waits for
 * its answer.
 *
 * @throws BrokerError `no_broker` (with the line to add), `broker_gone`, `bad_address`,
 * `auth_failed`, `auth_required`, `unsupported_version`, `broker_unresponsive`.
 */
export async function connect<C = RegisteredConfig>(
  options: ConnectOptions = {},
): Promise<Client<C>> {
  if (typeof options !== 'object' || options === null) {
    throw badOption('options', 'an object, such as { pipe, secret }', options);
  }
  const identity = { ...ownIdentity(process.env), ...options.identity };
  return new Client<C>(await linkTo(addressOf(options), identity));
}

function addressOf({ pipe, secret }: ConnectOptions): Address {
  if (secret !== undefined && typeof secret !== 'string') {
    // Without what was given, which other wrong options name by its kind.
    throw new BrokerError('bad_option', 'secret: expected a text.', { name: 'secret' });
  }
  if (pipe !== undefined) {
    if (typeof pipe !== 'string' || pipe === '') throw badOption('pipe', 'a path', pipe);
    return { pipe, ...(secret === undefined ? {} : { secret }) };
  }
  const { [PIPE_VARIABLE]: found, [SECRET_VARIABLE]: foundSecret } = process.env;
  if (!found) throw noBroker();
  const chosen = secret ?? foundSecret;
  return { pipe: found, ...(chosen ? { secret: chosen } : {}) };
}

const VITEST = "add  globalSetup: 'ephemeral-broker/vitest'  under `test` in vitest.config.ts";
const JEST =
  "add  preset: 'ephemeral-broker'  to jest.config (or, where it has a preset, a globalSetup or a testEnvironment of its own, which take the place of ours, wrap it: withBroker(config), from 'ephemeral-broker/jest')";
const PLAYWRIGHT =
  "add  globalSetup: 'ephemeral-broker/playwright'  to playwright.config.ts, or wrap the config: withBroker(defineConfig({ … }))";
const WDIO =
  "add  services: [[BrokerService, {}]]  to wdio.conf, with BrokerService from 'ephemeral-broker/wdio'";

/** No broker in the environment: says which line is missing where. */
export function noBroker(): BrokerError {
  const line = process.env.VITEST
    ? VITEST
    : process.env.JEST_WORKER_ID
      ? JEST
      : process.env.TEST_PARALLEL_INDEX
        ? PLAYWRIGHT
        : process.env.WDIO_WORKER_ID
          ? WDIO
          : `start one with startBroker(), or by your test runner: with Vitest, ${VITEST}; with Jest, ${JEST}; with Playwright, ${PLAYWRIGHT}; with WebdriverIO, ${WDIO}`;
  return new BrokerError(
    'no_broker',
    `There is no broker: ${PIPE_VARIABLE} is not set. To have one, ${line}.`,
  );
}
