import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  Child,
  endAll,
  envOf,
  makeDirectory,
  pause,
  type ScriptError,
  startHost,
} from './processes.ts';

afterEach(endAll);

const PROCESSES = 8;
const CALLERS_EACH = 25;
const KILLS = 100;
const COMPUTE_MS = 4;

test('200 callers in 8 processes, and who makes the value killed 100 times: never two make it at once, one takes over, and everyone is answered', async () => {
  const host = await startHost();
  const directory = makeDirectory();
  const start = () => Child.start('computer.mjs', { ...envOf(host), WITNESS_DIRECTORY: directory });
  const workers = await Promise.all(Array.from({ length: PROCESSES }, start));
  let takeOvers = 0;
  let answered = 0;
  for (let round = 0; round < KILLS; round++) {
    const key = `key-${round}`;
    const asked = workers.map((worker) =>
      worker.ask<number[]>('once', key, CALLERS_EACH, COMPUTE_MS),
    );
    const ends = Promise.allSettled(asked);
    const first = await Promise.race(
      workers.map((worker, i) => worker.ask('begun', key).then(() => i)),
    );
    // Also as it ends, and when it has told of its result, which may be answered or not.
    await pause(Math.random() * 1.3 * COMPUTE_MS);
    const killed = workers[first]!;
    await killed.kill();
    const results = (await ends).flatMap((end, i) => {
      if (end.status === 'fulfilled') return end.value;
      expect([i, (end.reason as ScriptError).code]).toEqual([first, 'ended']);
      return [];
    });
    const computers = computersOf(key, directory);
    expect(computers[0]).toBe(killed.pid);
    expect(computers.length).toBeLessThanOrEqual(2);
    // Who was killed may have been answered before.
    expect(results.length % CALLERS_EACH).toBe(0);
    expect(results.length).toBeGreaterThanOrEqual((PROCESSES - 1) * CALLERS_EACH);
    expect(new Set(results)).toEqual(new Set([computers.at(-1)]));
    takeOvers += computers.length - 1;
    answered += results.length;
    workers[first] = await start();
  }
  console.log(`${KILLS} kills, ${takeOvers} values taken over, ${answered} callers answered`);
  expect(takeOvers).toBeGreaterThan(KILLS / 10);
});

/** Who made the value, or began to, in that order. */
function computersOf(key: string, directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith('history-'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { key: string; pid: number; at: string })
    .filter((event) => event.key === key)
    .sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? -1 : 1))
    .map(({ pid }) => pid);
}
