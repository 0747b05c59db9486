import { expect, test } from 'vitest';
import { holderName } from './holder.ts';
import type { Identity } from './messages.ts';

test.each<[Identity, string]>([
  [{ runner: 'vitest', worker: '3', pid: 4711 }, 'vitest worker 3 (pid 4711)'],
  [{ runner: 'vitest', worker: '0' }, 'vitest worker 0'],
  [{ worker: '3' }, 'worker 3'],
  [{ pid: 1 }, 'a client (pid 1)'],
  [{ runner: '', worker: '' }, 'worker '],
  [{}, 'a client'],
])('%o is known as %s', (identity, name) => {
  expect(holderName(identity, {})).toBe(name);
});

test('with the test and its file, where they are told', () => {
  expect(holderName({ pid: 1 }, { test: 'buys', file: 'shop.test.ts' })).toBe(
    "a client (pid 1), test 'buys' in shop.test.ts",
  );
});
