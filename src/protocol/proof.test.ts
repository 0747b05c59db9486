import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNonce, newNonce, newSecret, proofMatches, proofOf, type Transcript } from './proof.ts';

const seen: Transcript = {
  version: 1,
  broker: 'b-1',
  clientNonce: 'c'.repeat(32),
  brokerNonce: 'd'.repeat(32),
};
const secret = newSecret();

describe('a proof', () => {
  test('is the HMAC-SHA-256 over the transcript, so that any language can make it', () => {
    const transcript = `ephemeral-broker\nclient\n1\nb-1\n${'c'.repeat(32)}\n${'d'.repeat(32)}`;
    expect(proofOf('client', secret, seen)).toBe(
      createHmac('sha256', secret).update(transcript).digest('hex'),
    );
  });

  test('holds for what it was made for', () => {
    for (const role of ['broker', 'client'] as const) {
      expect(proofMatches(proofOf(role, secret, seen), proofOf(role, secret, { ...seen }))).toBe(
        true,
      );
    }
  });

  const expected = proofOf('client', secret, seen);
  test.each<[string, string]>([
    ['the broker’s own, reflected', proofOf('broker', secret, seen)],
    ['made with another secret', proofOf('client', newSecret(), seen)],
    ['made with an empty secret', proofOf('client', '', seen)],
    ['made for another broker', proofOf('client', secret, { ...seen, broker: 'b-2' })],
    ['made for another version', proofOf('client', secret, { ...seen, version: 2 })],
    ['replayed from another handshake of the client', other({ clientNonce: 'e'.repeat(32) })],
    ['replayed from another handshake of the broker', other({ brokerNonce: 'e'.repeat(32) })],
    [
      'made with the nonces swapped',
      other({ clientNonce: 'd'.repeat(32), brokerNonce: 'c'.repeat(32) }),
    ],
    ['in capitals', expected.toUpperCase()],
    ['cut short', expected.slice(0, -1)],
    ['with more behind it', `${expected}0`],
    ['empty', ''],
    ['as long, of characters of two bytes', 'é'.repeat(32)],
  ])('%s fails', (_, given) => {
    expect(proofMatches(given, expected)).toBe(false);
  });

  function other(change: Partial<Transcript>): string {
    return proofOf('client', secret, { ...seen, ...change });
  }

  test.each([undefined, null, 0, true, {}, [expected], { length: 64 }, Buffer.from(expected)])(
    '%o in its place fails, and throws nothing',
    (given) => {
      expect(proofMatches(given, expected)).toBe(false);
    },
  );

  test('no text matches but the proof itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{64}$/)), (given) => {
        expect(proofMatches(given, expected)).toBe(given === expected);
      }),
    );
  });

  test('differs whenever any part of the transcript differs', () => {
    const nonce = fc.constantFrom('0'.repeat(32), '1'.repeat(32));
    const transcript = fc.record({
      version: fc.integer({ min: 1, max: 2 }),
      broker: fc.constantFrom('a', 'b', 'a\n1', '1\na'),
      clientNonce: nonce,
      brokerNonce: nonce,
    });
    const role = fc.constantFrom('broker' as const, 'client' as const);
    fc.assert(
      fc.property(role, transcript, role, transcript, (roleA, a, roleB, b) => {
        const same = roleA === roleB && JSON.stringify(a) === JSON.stringify(b);
        expect(proofOf(roleA, secret, a) === proofOf(roleB, secret, b)).toBe(same);
      }),
    );
  });
});

describe('nonces and secrets', () => {
  test('a nonce has 128 bits, a secret 256, and none comes twice', () => {
    expect(newNonce()).toMatch(/^[0-9a-f]{32}$/);
    expect(newSecret()).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(Array.from({ length: 1_000 }, newNonce)).size).toBe(1_000);
    expect(new Set(Array.from({ length: 100 }, newSecret)).size).toBe(100);
  });

  test('a nonce is taken from 128 to 512 bits', () => {
    expect(isNonce(newNonce())).toBe(true);
    expect(isNonce('0'.repeat(128))).toBe(true);
  });

  // A line break could move the border between the parts of the transcript.
  test.each([
    '',
    '0'.repeat(31),
    '0'.repeat(129),
    'A'.repeat(32),
    `${'0'.repeat(32)}\n`,
    `${'0'.repeat(16)}\n${'0'.repeat(16)}`,
    'g'.repeat(32),
    undefined,
    null,
    0,
    ['0'.repeat(32)],
  ])('%o is no nonce', (given) => {
    expect(isNonce(given)).toBe(false);
  });
});
