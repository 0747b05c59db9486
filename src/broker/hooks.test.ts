import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import { pool, ports } from '../config/pools.ts';
import { ListPool } from '../core/pool.ts';
import type { Resource } from '../core/resource.ts';
import { HOOK_MS } from '../protocol/limits.ts';
import { ConfigHooks } from './hooks.ts';

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The hooks of one pool, and its first resource. */
function hooksOf(spec: unknown): { hooks: ConfigHooks; resource: Resource } {
  const { pools } = resolveConfig({ pools: { p: spec } }, 'test');
  const [resource] = new ListPool('p', 'pool', pools[0]!.definition.values).resources;
  return { hooks: new ConfigHooks(new Map([['p', pools[0]!]])), resource: resource! };
}

const checked = ({ hooks, resource }: ReturnType<typeof hooksOf>): Promise<boolean> =>
  new Promise((resolve) => hooks.check(resource, resolve));

const reset = ({ hooks, resource }: ReturnType<typeof hooksOf>): Promise<boolean> =>
  new Promise((resolve) => hooks.reset(resource, { reason: 'expired', dirty: true }, resolve));

test.each([
  ['returns', () => undefined, true],
  ['returns true', () => true, true],
  ['returns something', async () => 0, true],
  ['returns false', () => false, false],
  ['promises false', async () => false, false],
  [
    'throws',
    () => {
      throw new Error('down');
    },
    false,
  ],
  ['rejects', () => Promise.reject(new Error('down')), false],
  [
    'throws nothing',
    () => {
      throw undefined;
    },
    false,
  ],
  [
    'throws what cannot be read',
    () => {
      throw { message: Symbol('down') };
    },
    false,
  ],
])('a check that %s says whether the resource is usable', async (_, check, usable) => {
  expect(await checked(hooksOf(pool(['a'], { check })))).toBe(usable);
});

test('a hook gets a copy of the value', async () => {
  const check = vi.fn((value: { user: string }) => {
    value.user = 'changed';
  });
  const made = hooksOf(pool([{ user: 'ann' }], { check }));
  await checked(made);
  await checked(made);
  expect(made.resource.value).toEqual({ user: 'ann' });
  expect(check).toHaveBeenCalledTimes(2);
  expect(made.resource.text).toBe('{"user":"ann"}');
});

test('a reset is told why the resource came back; one that fails has not reset it', async () => {
  const told: unknown[] = [];
  const reset1 = (
    value: string,
    { reason, dirty }: object & { reason: string; dirty: boolean },
  ) => {
    told.push([value, reason, dirty]);
    if (told.length > 1) throw new Error('the database is down');
  };
  const made = hooksOf(pool(['a'], { reset: reset1 }));
  expect([await reset(made), await reset(made)]).toEqual([true, false]);
  expect(told).toEqual(Array(2).fill(['a', 'expired', true]));
});

test('a hook that does not end has failed, and is told to stop', async () => {
  vi.useFakeTimers();
  let signal: AbortSignal | undefined;
  const check = (_: string, context: { signal: AbortSignal }) => {
    signal = context.signal;
    return new Promise(() => {});
  };
  const made = hooksOf(pool(['a'], { check }));
  const answer = checked(made);
  await vi.advanceTimersByTimeAsync(HOOK_MS - 1);
  expect(signal!.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([await answer, signal!.aborted]).toEqual([false, true]);
  made.hooks.quarantined(made.resource);
  expect(warnings[0]).toContain('the last time since its check took longer than 30.0 s.');
});

test('while a hook that was given up on still runs, no other one runs on its resource', async () => {
  vi.useFakeTimers();
  let end = () => {};
  const runs = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const made = hooksOf(pool(['a'], { reset: runs }));
  const first = reset(made);
  await vi.advanceTimersByTimeAsync(HOOK_MS);
  expect([await first, await reset(made), runs.mock.calls.length]).toEqual([false, false, 1]);
  end();
  await vi.advanceTimersByTimeAsync(0);
  const next = reset(made);
  end();
  expect([await next, runs.mock.calls.length]).toEqual([true, 2]);
});

test('a port must be free on the hosts that are named, and pass the check that there is', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as { port: number };
  const range = { from: port, to: port, hosts: ['127.0.0.1'] };
  expect(await checked(hooksOf(ports(range)))).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await checked(hooksOf(ports(range)))).toBe(true);
  expect(await checked(hooksOf(ports({ ...range, check: () => false })))).toBe(false);
});

test('a resource that is given up on is told with the reason, without control characters', async () => {
  const made = hooksOf(
    pool(['a'], {
      reset: () => {
        throw new Error('no route to \u001b[31mhost');
      },
    }),
  );
  await reset(made);
  made.resource.failures = 5;
  made.hooks.quarantined(made.resource);
  expect(warnings).toEqual([
    'ephemeral-broker: p[0] is out of use for the rest of this run: its checks or resets failed 5 times in a row, the last time since its reset failed: no route to �[31mhost.',
  ]);
});
