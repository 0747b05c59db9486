import { describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import type { Reply } from '../protocol/messages.ts';
import { newNonce, newSecret, proofOf, WIRE_VERSION } from '../protocol/proof.ts';
import type { Connection } from './connection.ts';
import { greet } from './handshake.ts';

const SECRET = newSecret();
const PIPE = '/tmp/b/s';
const BROKER = newNonce();

/** What a broker with this secret answers to hello; `undefined`: authentication is off. */
function helloOf(secret: string | undefined, clientNonce: string): Reply {
  const nonce = newNonce();
  const seen = { version: WIRE_VERSION, broker: BROKER, clientNonce, brokerNonce: nonce };
  return {
    ok: true,
    nonce,
    version: WIRE_VERSION,
    broker: BROKER,
    ...(secret === undefined ? {} : { proof: proofOf('broker', secret, seen) }),
  };
}

/** Greets a broker that answers hello so; returns how that ended, and what the broker was sent. */
async function greeting(secret: string | undefined, answer: (clientNonce: string) => Reply) {
  const sent: Record<string, unknown>[] = [];
  const connection = {
    address: { pipe: PIPE, ...(secret === undefined ? {} : { secret }) },
    request: async (fields: string): Promise<Reply> => {
      const request = JSON.parse(`{${fields}}`);
      sent.push(request);
      return request.action === 'hello' ? answer(request.nonce) : { ok: true, session: 7 };
    },
  } as unknown as Connection;
  const identity = { runner: 'vitest', worker: '3' };
  const ended = await greet(connection, identity).catch((error: BrokerError) => error);
  return { ended, sent };
}

describe('a broker that proves itself', () => {
  test('gets the client’s proof and identity, and is asked for events', async () => {
    const { ended, sent } = await greeting(SECRET, (nonce) => helloOf(SECRET, nonce));
    expect(ended).toMatchObject({ session: 7 });
    expect(sent[0]).toEqual({
      action: 'hello',
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      versions: [WIRE_VERSION],
    });
    expect(sent[1]).toMatchObject({
      action: 'auth',
      proof: expect.stringMatching(/^[0-9a-f]{64}$/),
      identity: { runner: 'vitest', worker: '3' },
      events: true,
    });
  });

  test('never sees the same nonce twice', async () => {
    const nonces = [];
    for (let i = 0; i < 20; i++) {
      const { sent } = await greeting(SECRET, (nonce) => helloOf(SECRET, nonce));
      nonces.push(sent[0]!.nonce);
    }
    expect(new Set(nonces).size).toBe(20);
  });
});

/** Impostors: what each answers to hello. None knows the secret. */
const IMPOSTORS: [string, (clientNonce: string) => Reply][] = [
  ['that knows another secret', (nonce) => helloOf(newSecret(), nonce)],
  ['that sends back the proof of another handshake', () => helloOf(SECRET, newNonce())],
  [
    'that proves itself as a client would',
    (nonce) => {
      const hello = helloOf(SECRET, nonce);
      const seen = {
        version: WIRE_VERSION,
        broker: BROKER,
        clientNonce: nonce,
        brokerNonce: hello.nonce as string,
      };
      return { ...hello, proof: proofOf('client', SECRET, seen) };
    },
  ],
  [
    'that claims to be another broker',
    (nonce) => ({ ...helloOf(SECRET, nonce), broker: newNonce() }),
  ],
  [
    'that speaks another version under the same proof',
    (nonce) => ({ ...helloOf(SECRET, nonce), version: 2 }),
  ],
  ['that says its version as text', (nonce) => ({ ...helloOf(SECRET, nonce), version: '1' })],
  ['without a proof: there is no fallback to less', (nonce) => helloOf(undefined, nonce)],
  ['with null for a proof', (nonce) => ({ ...helloOf(SECRET, nonce), proof: null })],
  ['with true for a proof', (nonce) => ({ ...helloOf(SECRET, nonce), proof: true })],
  ['with an empty proof', (nonce) => ({ ...helloOf(SECRET, nonce), proof: '' })],
  ['that says nothing', () => ({ ok: true })],
  ['that says it in objects', (nonce) => ({ ...helloOf(SECRET, nonce), broker: {}, nonce: [] })],
];

describe('an impostor', () => {
  test.each(IMPOSTORS)('%s gets nothing but nonce and versions', async (_, answer) => {
    const { ended, sent } = await greeting(SECRET, answer);
    expect((ended as BrokerError).code).toBe('auth_failed');
    expect(sent.map(Object.keys)).toEqual([['action', 'nonce', 'versions']]);
    expect((ended as BrokerError).message).not.toContain(SECRET);
    expect((ended as BrokerError).message).toContain('EPHEMERAL_SECRET');
  });
});

describe('without a secret', () => {
  test('a broker with authentication off lets the client in', async () => {
    const { ended, sent } = await greeting(undefined, (nonce) => helloOf(undefined, nonce));
    expect(ended).toMatchObject({ session: 7 });
    expect(sent[1]).not.toHaveProperty('proof');
  });

  test('one that asks for a secret gets none, and the user is told what is missing', async () => {
    const { ended, sent } = await greeting(undefined, (nonce) => helloOf(SECRET, nonce));
    expect(ended).toMatchObject({ code: 'auth_required', details: { pipe: PIPE } });
    expect(sent.length).toBe(1);
  });
});
