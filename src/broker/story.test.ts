import { afterEach, expect, test, vi } from 'vitest';
import { connect, startBroker } from '../index.ts';
import { told } from '../testing/stderr.ts';
import { storyteller } from './story.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  ['ephemeral-broker', true],
  ['ephemeral-broker*', true],
  ['*', true],
  ['express:*, ephemeral-*', true],
  ['*,-ephemeral-broker*', false],
  ['express', false],
  ['ephemeral', false],
  ['ephemeral.broker', false],
  // Many in a row must not take the time of a backtracking search.
  [`${'*'.repeat(40)}x`, false],
  ['', false],
  [undefined, false],
])('DEBUG=%s: %s', (debug, tells) => {
  expect(storyteller(debug) !== undefined).toBe(tells);
});

test('a run tells its story: who comes, waits, gets what, gives it back, goes; and no value', async () => {
  vi.stubEnv('DEBUG', 'ephemeral-broker*');
  const broker = await startBroker({ pools: { accounts: [{ password: 'hunter2' }] } });
  const identity = { runner: 'vitest', worker: '7', pid: 9 };
  const client = await connect({ pipe: broker.pipe, secret: broker.secret, identity });
  const first = await client.lease('accounts', { purpose: { test: 'buys\u001b[31m' } });
  const second = client.lease('accounts');
  await first.release();
  await (await second).retire('worn out');
  const rate = { count: 1, per: 150 };
  await Promise.all([client.limit('api', rate), client.limit('api', rate)]);
  const waits = client.barrier('seed', { parties: 2, purpose: { test: 'seeds' } });
  await Promise.all([waits, client.barrier('seed', { parties: 2 })]);
  await client.close();
  await broker.stop();
  const lines = told.trim().split('\n');
  // How long each took, and whether a grant took any time, is the machine's.
  const timeless = (line: string) => line.replace(/\d+(\.\d+)? m?s/g, 'T').replace(' after T', '');
  expect(lines.map(timeless)).toEqual([
    'ephemeral-broker +T vitest worker 7 (pid 9) [1] has come',
    expect.stringMatching(
      /worker 7 \(pid 9\), test 'buys�\[31m' \[1\] gets accounts\[0\]( after T)? \(request 1, lease accounts#1\)$/,
    ),
    'ephemeral-broker +T vitest worker 7 (pid 9) [1] waits for accounts (request 2)',
    'ephemeral-broker +T lease accounts#1 ends: released, held for T',
    'ephemeral-broker +T vitest worker 7 (pid 9) [1] gets accounts[0] (request 2, lease accounts#2)',
    'ephemeral-broker +T lease accounts#2 ends: retired (worn out), held for T',
    'ephemeral-broker +T accounts[0] is retired',
    'ephemeral-broker +T vitest worker 7 (pid 9) [1] waits for limit:api (request 4)',
    'ephemeral-broker +T request 4 waits no more: passed, in T',
    "ephemeral-broker +T vitest worker 7 (pid 9), test 'seeds' [1] waits for barrier:seed (request 5)",
    'ephemeral-broker +T request 5 waits no more: passed',
    'ephemeral-broker +T vitest worker 7 (pid 9) [1] has gone',
  ]);
  expect(told).not.toContain('hunter2');
  expect(told).not.toContain(broker.secret);
});

test('a run that nobody debugs tells nothing', async () => {
  vi.stubEnv('DEBUG', '');
  const broker = await startBroker();
  await (await connect({ pipe: broker.pipe, secret: broker.secret })).close();
  await broker.stop();
  expect(told).toBe('');
});
