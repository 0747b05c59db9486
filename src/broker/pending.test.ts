import { expect, test, vi } from 'vitest';
import type { Connection } from './connection.ts';
import { Exchange } from './exchange.ts';
import { Pending } from './pending.ts';

const connection = { send() {} } as unknown as Connection;
const exchange = (id: number | string) => new Exchange(connection, { action: 'lock', id });

test('a request is cancelled by its id until it is answered', () => {
  const pending = new Pending();
  const cancels = [vi.fn(), vi.fn()];
  const [first, second] = [exchange(1), exchange('1')];
  pending.add(first, cancels[0]!);
  pending.add(second, cancels[1]!);
  pending.cancel('1');
  expect(cancels.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  first.ok();
  pending.cancel('1');
  pending.cancel('"1"');
  expect(cancels.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

test('of those that wait no two have one id; of those that were answered, any', () => {
  const pending = new Pending();
  const first = exchange(1);
  pending.add(first, () => {});
  expect(() => pending.check(exchange(1))).toThrow('A request with the id 1 waits already.');
  pending.check(exchange(2));
  first.ok();
  pending.check(exchange(1));
});

test('what was answered at once is not there to be cancelled', () => {
  const pending = new Pending();
  const answered = exchange(1);
  answered.ok();
  pending.add(answered, () => {});
  pending.check(exchange(1));
});
