import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

test('each exit code is one of a kind, and in the table of docs/cli.md', () => {
  const codes: number[] = Object.values(EXIT);
  expect(new Set(codes).size).toBe(codes.length);
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+)(?:, (\d+)| \+ n)? \| /gm)];
  const told = rows.flatMap(([, one, other]) =>
    other ? [Number(one), Number(other)] : Number(one),
  );
  expect(told).toEqual(codes);
});

test.each([
  ['bad_option', 2],
  ['bad_request', 2],
  ['ttl_required', 2],
  ['bad_line', 69],
  ['no_broker', 69],
  ['several_brokers', 69],
  ['broker_gone', 69],
  ['wait_timeout', 75],
  ['lease_lost', 76],
  ['store_full', 1],
  ['mail/empty', 1],
] as const)('%s ends with %i', (code, exitCode) => {
  expect(exitCodeOf(new BrokerError(code, ''))).toBe(exitCode);
});
