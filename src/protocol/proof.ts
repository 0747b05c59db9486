/** Loaded at the first handshake: it takes longer to load than all of the client. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** The version of the wire that this package speaks. */
export const WIRE_VERSION = 1;

/** What both ends of a handshake have seen; a proof binds all of it. */
export interface Transcript {
  version: number;
  /** The broker's id, drawn at its start: a proof is worth nothing at another broker. */
  broker: string;
  clientNonce: string;
  brokerNonce: string;
}

/**
 * The proof that `role` knows the secret, in hexadecimal: HMAC-SHA-256 over the transcript.
 *
 * The role in it keeps either end from reflecting the other's proof; both nonces make it worthless
 * in another handshake. (Mutual challenge–response as in ISO/IEC 9798-4.)
 */
export function proofOf(role: 'broker' | 'client', secret: string, seen: Transcript): string {
  return crypto()
    .createHmac('sha256', secret)
    .update(
      `ephemeral-broker\n${role}\n${seen.version}\n${seen.broker}\n${seen.clientNonce}\n${seen.brokerNonce}`,
    )
    .digest('hex');
}

/** Compares in constant time. */
export function proofMatches(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && crypto().timingSafeEqual(a, b);
}

/** 128 random bits: a nonce. */
export const newNonce = (): string => crypto().randomBytes(16).toString('hex');

/** 256 random bits: the secret of one run. */
export const newSecret = (): string => crypto().randomBytes(32).toString('hex');

export const isNonce = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{32,128}$/.test(text);
