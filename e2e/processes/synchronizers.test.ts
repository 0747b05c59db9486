import { afterEach, expect, test } from 'vitest';
import {
  Child,
  endAll,
  envOf,
  type Host,
  now,
  report,
  ScriptError,
  startHost,
} from './processes.ts';

afterEach(endAll);

const start = (host: Host, count: number): Promise<Child[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      Child.start('meeter.mjs', { ...envOf(host), WORKER: `${i}` }),
    ),
  );

interface Pass {
  asked: number;
  waitedMs: number;
  passed: number;
}

test('eight processes share a limit: never more in any window, and no time is wasted', async () => {
  const [count, perMs, times] = [5, 250, 10];
  const host = await startHost();
  const children = await start(host, 8);
  const histories = await Promise.all(
    children.map((child) => child.ask<Pass[]>('pass', 'api', { count, per: perMs }, times)),
  );
  const passes = histories.flat().sort((a, b) => a.passed - b.passed);
  expect(passes).toHaveLength(8 * times);

  // The broker gave each a time: when that was asked for and what was waited say it from below, and
  // the pass itself from above.
  const earliest = passes.map(({ asked, waitedMs }) => asked + waitedMs).sort((a, b) => a - b);
  const latest = passes.map(({ passed }) => passed);
  for (let i = count; i < passes.length; i++) {
    expect(latest[i]! - earliest[i - count]!).toBeGreaterThanOrEqual(perMs);
    // Also from the first of all, over all windows together.
    expect(latest[i]! - earliest[0]!).toBeGreaterThanOrEqual(Math.floor(i / count) * perMs);
  }
  for (const { asked, waitedMs, passed } of passes) {
    expect(passed - asked).toBeGreaterThanOrEqual(waitedMs);
  }
  // As many windows as there must be, and what the machine is slower: running time may lag behind.
  const tookMs = latest.at(-1)! - earliest[0]!;
  expect(tookMs).toBeLessThanOrEqual(1.5 * (passes.length / count) * perMs + 2_000);
  report(
    'late for a pass of a limit',
    passes.map(({ asked, waitedMs, passed }) => passed - asked - waitedMs),
  );
});

test('a barrier of four lets all four processes pass, each with a place of its own, round by round', async () => {
  const host = await startHost();
  const children = await start(host, 4);
  for (let round = 0; round < 20; round++) {
    const places = await Promise.all(
      children.map((child) => child.ask<number>('arrive', 'seed', { parties: 4 })),
    );
    expect(places.sort()).toEqual([0, 1, 2, 3]);
  }
});

test('a barrier of four is broken by the SIGKILL of one: the others are told at once by whom, and can meet anew', async () => {
  const host = await startHost();
  const [first, second, victim, last] = await start(host, 4);
  const options = { parties: 4, purpose: { test: 'warms up' } };
  await victim!.ask('begin', 'seed', options);
  const waits = [first!, second!].map((child) =>
    child.ask('arrive', 'seed', options).then(
      () => undefined,
      (error: unknown) => error as ScriptError,
    ),
  );
  // Another request of each is read behind its arrival.
  await Promise.all(
    [first!, second!].map((child) => child.ask('begin', 'elsewhere', { parties: 9 })),
  );
  const killed = now();
  victim!.signal('SIGKILL');
  for (const error of await Promise.all(waits)) {
    expect(error).toBeInstanceOf(ScriptError);
    expect(error!.code).toBe('barrier_broken');
    expect(error!.message).toContain(
      `broken by e2e worker 2 (pid ${victim!.pid}), test 'warms up': its connection ended. 3 of 4 have arrived, 1 missing.`,
    );
  }
  // Not by a timeout, which is a minute.
  expect(Number(now() - killed) / 1e6).toBeLessThan(10_000);
  const successor = await Child.start('meeter.mjs', envOf(host));
  const places = await Promise.all(
    [first!, second!, last!, successor].map((child) =>
      child.ask<number>('arrive', 'seed', options),
    ),
  );
  expect(places.sort()).toEqual([0, 1, 2, 3]);
});

test('a party that never arrives since another holds what it waits for is named after 5 s', async () => {
  const host = await startHost();
  const [buys, sells] = await start(host, 2);
  const told = buys!.ask<string>('arriveWithLock', 'db', 'seed', {
    parties: 2,
    purpose: { test: 'buys' },
  });
  await buys!.ask('begin', 'elsewhere', { parties: 9 });
  const lock = sells!.ask('lock', 'db', { purpose: { test: 'sells' } });
  expect(await told).toContain(
    `e2e worker 1 (pid ${sells!.pid}), test 'sells' waits for lock 'db'; lock:db is held by e2e worker 0 (pid ${buys!.pid}), test 'buys', for `,
  );
  await lock;
});
