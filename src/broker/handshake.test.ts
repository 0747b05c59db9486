import { expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import type { Request } from '../protocol/messages.ts';
import { newNonce, newSecret, proofOf, type Transcript, WIRE_VERSION } from '../protocol/proof.ts';
import { Handshake } from './handshake.ts';

const BROKER = newNonce();
const SECRET = newSecret();

const hello = (nonce = newNonce()): Request => ({
  action: 'hello',
  nonce,
  versions: [WIRE_VERSION],
});

/** What a client has seen after its hello. */
function seenBy(handshake: Handshake, nonce = newNonce()): Transcript & { proof?: string } {
  const reply = JSON.parse(`{${handshake.hello(hello(nonce)).slice(1)}}`);
  expect(reply).toMatchObject({ version: WIRE_VERSION, broker: BROKER });
  return { ...reply, clientNonce: nonce, brokerNonce: reply.nonce };
}

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return (error as BrokerError).code;
  }
  return 'ok';
}

const auth = (proof: unknown): Request => ({ action: 'auth', proof });

test('the broker proves that it knows the secret, for these very nonces', () => {
  const seen = seenBy(new Handshake(BROKER, SECRET));
  expect(seen.proof).toBe(proofOf('broker', SECRET, seen));
});

test('its nonce is another one every time, also for the same client’s nonce', () => {
  const nonce = newNonce();
  const nonces = Array.from(
    { length: 100 },
    () => seenBy(new Handshake(BROKER, SECRET), nonce).brokerNonce,
  );
  expect(new Set(nonces).size).toBe(100);
});

test('a client that knows the secret is believed', () => {
  const handshake = new Handshake(BROKER, SECRET);
  const proof = proofOf('client', SECRET, seenBy(handshake));
  expect(codeOf(() => handshake.auth(auth(proof)))).toBe('ok');
});

test('a proof serves once', () => {
  const handshake = new Handshake(BROKER, SECRET);
  const proof = proofOf('client', SECRET, seenBy(handshake));
  handshake.auth(auth(proof));
  expect(codeOf(() => handshake.auth(auth(proof)))).toBe('auth_required');
});

test('a wrong proof uses up the transcript: there is no second guess', () => {
  const handshake = new Handshake(BROKER, SECRET);
  const proof = proofOf('client', SECRET, seenBy(handshake));
  expect(codeOf(() => handshake.auth(auth(`${proof.slice(0, -1)}x`)))).toBe('auth_failed');
  expect(codeOf(() => handshake.auth(auth(proof)))).toBe('auth_required');
});

test('each part of the transcript counts', () => {
  const changes: ((seen: Transcript) => Transcript)[] = [
    (seen) => ({ ...seen, version: 2 }),
    (seen) => ({ ...seen, broker: newNonce() }),
    (seen) => ({ ...seen, clientNonce: newNonce() }),
    (seen) => ({ ...seen, brokerNonce: newNonce() }),
    (seen) => ({ ...seen, clientNonce: seen.brokerNonce, brokerNonce: seen.clientNonce }),
  ];
  for (const change of changes) {
    const handshake = new Handshake(BROKER, SECRET);
    const proof = proofOf('client', SECRET, change(seenBy(handshake)));
    expect(codeOf(() => handshake.auth(auth(proof)))).toBe('auth_failed');
  }
});

test('the broker’s proof is none of a client', () => {
  const handshake = new Handshake(BROKER, SECRET);
  expect(codeOf(() => handshake.auth(auth(seenBy(handshake).proof)))).toBe('auth_failed');
});

test('without hello there is nothing to prove', () => {
  const handshake = new Handshake(BROKER, SECRET);
  expect(codeOf(() => handshake.auth(auth('')))).toBe('auth_required');
});

test('hello is taken once', () => {
  const handshake = new Handshake(BROKER, SECRET);
  handshake.hello(hello());
  expect(codeOf(() => handshake.hello(hello()))).toBe('bad_request');
});

test.each([
  ['a version that is not spoken', [WIRE_VERSION + 1]],
  ['no version', []],
  ['a version as text', [`${WIRE_VERSION}`]],
  ['no list', WIRE_VERSION],
  ['nothing', undefined],
])('%s is refused, with what is spoken', (_, versions) => {
  const refuse = () => new Handshake(BROKER, SECRET).hello({ ...hello(), versions });
  expect(codeOf(refuse)).toBe('unsupported_version');
  expect(refuse).toThrow(`version ${WIRE_VERSION}`);
});

test('one common version is enough', () => {
  const versions = [99, WIRE_VERSION, 'x', null];
  expect(codeOf(() => new Handshake(BROKER, SECRET).hello({ ...hello(), versions }))).toBe('ok');
});

test.each([
  ['short', 'ab'],
  ['long', 'a'.repeat(129)],
  ['no hexadecimal', 'g'.repeat(32)],
  ['with a line break', `${'a'.repeat(32)}\n`],
  ['a number', 7],
])('a nonce that is %s is refused', (_, nonce) => {
  const request = { ...hello(), nonce };
  expect(codeOf(() => new Handshake(BROKER, SECRET).hello(request))).toBe('bad_request');
});

test('where authentication is off there is no proof, and none is asked for', () => {
  const handshake = new Handshake(BROKER, undefined);
  expect(seenBy(handshake).proof).toBeUndefined();
  expect(codeOf(() => handshake.auth(auth(undefined)))).toBe('ok');
});
