import { BrokerError } from '../protocol/errors.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Identity, Reply } from '../protocol/messages.ts';
import { newNonce, proofMatches, proofOf, WIRE_VERSION } from '../protocol/proof.ts';
import type { Connection } from './connection.ts';

/** What the broker tells a client that it lets in. */
export interface Welcome {
  limits: Pick<Limits, 'maxLineBytes' | 'maxOutputBytes' | 'maxDepth'>;
  /** The longest wait that it grants where the client names none. */
  maxWaitMs: number;
  /** Of the config that the broker was started with: two alike are equal. */
  config: string;
}

/**
 * The client's half of the handshake. It sends nothing but its nonce and its versions before the
 * broker has proved that it knows the secret.
 *
 * @throws BrokerError `auth_failed`, `auth_required`, `unsupported_version`.
 */
export async function greet(connection: Connection, identity: Identity): Promise<Welcome> {
  const { pipe, secret } = connection.address;
  const clientNonce = newNonce();
  const hello = await connection.request(
    `"action":"hello","nonce":"${clientNonce}","versions":[${WIRE_VERSION}]`,
  );
  const who = `"identity":${JSON.stringify(identity)},"events":true`;
  if (secret === undefined) {
    if (hello.proof !== undefined) throw secretMissing(pipe);
    return welcomeOf(await connection.request(`"action":"auth",${who}`));
  }
  const { version, broker, nonce: brokerNonce } = hello as Reply & Record<string, string>;
  if (hello.proof === undefined) throw authenticationOff(pipe);
  const seen = {
    version: WIRE_VERSION,
    broker: `${broker}`,
    clientNonce,
    brokerNonce: `${brokerNonce}`,
  };
  if (
    (version as unknown) !== WIRE_VERSION ||
    !proofMatches(hello.proof, proofOf('broker', secret, seen))
  ) {
    throw impostor(pipe);
  }
  const proof = proofOf('client', secret, seen);
  return welcomeOf(await connection.request(`"action":"auth","proof":"${proof}",${who}`));
}

const welcomeOf = (reply: Reply): Welcome => reply as unknown as Welcome;

const secretMissing = (pipe: string): BrokerError =>
  new BrokerError(
    'auth_required',
    `The broker at ${pipe} asks for a secret and this client has none. EPHEMERAL_SECRET is set next to EPHEMERAL_PIPE by whoever starts the broker: hand both on to this process.`,
    { pipe },
  );

const authenticationOff = (pipe: string): BrokerError =>
  new BrokerError(
    'auth_failed',
    `The broker at ${pipe} does not prove that it knows the secret: it runs with authentication off, or it is not the broker that this secret is for. Where it is meant to be off, remove EPHEMERAL_SECRET.`,
    { pipe },
  );

const impostor = (pipe: string): BrokerError =>
  new BrokerError(
    'auth_failed',
    `What listens at ${pipe} does not know this client's secret: EPHEMERAL_SECRET is not of the same run as EPHEMERAL_PIPE, or it is not our broker. Nothing was sent to it.`,
    { pipe },
  );
