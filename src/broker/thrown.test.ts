import { expect, test } from 'vitest';
import { BrokerError, type ErrorCode } from '../protocol/errors.ts';
import { thrownBy } from './thrown.ts';

const told = (error: unknown) =>
  thrownBy('It', error, (why) => new BrokerError('provider_failed', why));

test('an error speaks by the code that was looked at, however often it is read', () => {
  const codes: ErrorCode[] = ['mail/empty', 'lease_lost'];
  const error = new BrokerError('mail/empty', 'No mail.');
  Object.defineProperty(error, 'code', { get: () => codes.shift() });
  expect(told(error).code).toBe('mail/empty');
});

test('a code that is no text is not taken for one', () => {
  const code = { toString: () => 'mail/empty' };
  const error = Object.defineProperty(new BrokerError('mail/empty', 'No mail.'), 'code', {
    value: code,
  });
  expect(told(error)).toMatchObject({
    code: 'provider_failed',
    message: 'It failed: No mail.',
  });
});
