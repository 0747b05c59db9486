import { expect, test } from 'vitest';
import { ownIdentity } from './identity.ts';

const { pid } = process;

test.each([
  ['vitest', 'VITEST_POOL_ID'],
  ['jest', 'JEST_WORKER_ID'],
  ['playwright', 'TEST_PARALLEL_INDEX'],
  ['wdio', 'WDIO_WORKER_ID'],
])('a worker of %s is known by its number', (runner, variable) => {
  expect(ownIdentity({ [variable]: '0' })).toEqual({ runner, worker: '0', pid });
});

test('other processes are known by their pid', () => {
  expect(ownIdentity({ VITEST: 'true' })).toEqual({ pid });
});
