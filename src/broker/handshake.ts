import { BrokerError, badRequest } from '../protocol/errors.ts';
import type { Request } from '../protocol/messages.ts';
import {
  isNonce,
  newNonce,
  proofMatches,
  proofOf,
  type Transcript,
  WIRE_VERSION,
} from '../protocol/proof.ts';

/**
 * The broker's half of the handshake, for one connection: it proves itself first, and believes
 * nobody who has not proved to know the secret for these very nonces.
 */
export class Handshake {
  readonly #broker: string;
  /** Undefined where authentication is off. */
  readonly #secret: string | undefined;
  #seen: Transcript | undefined;

  constructor(broker: string, secret: string | undefined) {
    this.#broker = broker;
    this.#secret = secret;
  }

  /**
   * The fields of the reply.
   *
   * @throws BrokerError `bad_request`, `unsupported_version`.
   */
  hello(request: Request): string {
    // Once: answers to a stranger are bounded too.
    if (this.#seen) throw badRequest('hello: it was said already.');
    const { nonce, versions } = request;
    if (!isNonce(nonce))
      throw badRequest('hello: the nonce must be 32 to 128 hexadecimal digits, in lower case.');
    if (!Array.isArray(versions) || !versions.includes(WIRE_VERSION)) {
      throw new BrokerError(
        'unsupported_version',
        `This broker speaks version ${WIRE_VERSION} of the protocol only. Use the same version of ephemeral-broker in all processes of a run.`,
        { versions: [WIRE_VERSION] },
      );
    }
    const seen = {
      version: WIRE_VERSION,
      broker: this.#broker,
      clientNonce: nonce,
      brokerNonce: newNonce(),
    };
    this.#seen = seen;
    const proof = this.#secret && `,"proof":"${proofOf('broker', this.#secret, seen)}"`;
    return `,"nonce":"${seen.brokerNonce}","version":${WIRE_VERSION},"broker":"${this.#broker}"${proof ?? ''}`;
  }

  /** @throws BrokerError `auth_failed`, `auth_required`. A transcript serves for one try. */
  auth(request: Request): void {
    const seen = this.#seen;
    this.#seen = undefined;
    if (this.#secret === undefined) return;
    if (!seen) throw authRequired();
    if (!proofMatches(request.proof, proofOf('client', this.#secret, seen))) {
      throw new BrokerError(
        'auth_failed',
        'The proof does not fit: the client has the secret of another run (EPHEMERAL_SECRET), or none.',
      );
    }
  }
}

export const authRequired = (): BrokerError =>
  new BrokerError(
    'auth_required',
    'This broker takes requests only after the handshake: send hello, check the proof, send auth.',
  );
