import { expect, test } from 'vitest';
import { failed } from './aws-sts-error.ts';

const ROLE = 'arn:aws:iam::123456789012:role/tests';
const coded = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

test.each([
  ['a host that cannot be reached', coded('EHOSTUNREACH')],
  ['a network that cannot be reached', coded('ENETUNREACH')],
  ['a connection that takes too long', coded('ETIMEDOUT')],
  ['a host of several addresses, none of which answers', new AggregateError([coded('ETIMEDOUT')])],
])('%s is unreachable', (_, error) => {
  expect(failed(ROLE, error, []).code).toBe('aws-sts/unreachable');
});

test('what has no name that is known says what it is', () => {
  expect(failed(ROLE, { name: 'Teapot' }, [])).toMatchObject({
    code: 'aws-sts/assume_role_failed',
    message: `STS did not give credentials for ${ROLE} (Teapot): no error`,
  });
});
