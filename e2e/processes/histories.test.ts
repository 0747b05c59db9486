import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Child, endAll, envOf, makeDirectory, now, pause, startHost } from './processes.ts';

afterEach(endAll);

const PROCESSES = 8;
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e'];
const SECONDS = 16;

/** The same seed gives the same choices (mulberry32, by Tommy Ettinger). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What became of one request, by the clock that all share; `undefined`: it never came to that. */
interface Story {
  pid: number;
  asked: bigint;
  /** The broker had surely read it. */
  queued?: bigint;
  granted?: bigint;
  released?: bigint;
  token?: number;
  account?: string;
}

function readStories(directory: string): Story[] {
  const stories = new Map<string, Story>();
  for (const name of readdirSync(directory).filter((each) => each.startsWith('history-'))) {
    const lines = readFileSync(join(directory, name), 'utf8').split('\n');
    // A killed process may have left half a line at the end.
    for (const line of lines.slice(0, -1)) {
      const { type, request, at, token, account } = JSON.parse(line);
      const story = stories.get(request) ?? { pid: Number(name.slice(8)), asked: 0n };
      stories.set(request, story);
      if (type === 'ask') story.asked = BigInt(at);
      else if (type === 'queued') story.queued = BigInt(at);
      else if (type === 'grant') Object.assign(story, { granted: BigInt(at), token, account });
      else story.released = BigInt(at);
    }
  }
  return [...stories.values()];
}

const byTime = (key: 'asked' | 'queued' | 'granted') => (a: Story, b: Story) =>
  a[key]! < b[key]! ? -1 : 1;

test('8 processes on 5 accounts, killed at random: no account is in two hands, tokens rise, nobody is overtaken', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const directory = makeDirectory();
  const host = await startHost({ pools: { accounts: ACCOUNTS } });
  const env = { ...envOf(host), WITNESS_DIRECTORY: directory };
  const start = async () => {
    const child = await Child.start('hammer.mjs', env);
    await child.ask('start');
    return child;
  };
  const workers = await Promise.all(Array.from({ length: PROCESSES }, start));
  /** When each was killed, at the earliest. */
  const killed = new Map<number, bigint>();
  for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; ) {
    await pause(random() * 200);
    const victims = workers.splice(0, 1 + Math.floor(random() * 3));
    for (const victim of victims) {
      killed.set(victim.pid, now());
      victim.signal('SIGKILL');
    }
    workers.push(...(await Promise.all(victims.map(start))));
  }
  // Fails where a witness saw two hold one.
  await Promise.all(workers.map((worker) => worker.ask('stop')));

  const stories = readStories(directory);
  const grants = stories.filter(({ granted }) => granted !== undefined);
  console.log(
    `seed ${seed}: ${grants.length} grants to ${PROCESSES + killed.size} processes, ${killed.size} of them killed`,
  );
  expect(grants.length).toBeGreaterThan(1_000);
  expect(killed.size).toBeGreaterThan(10);
  expect(new Set(grants.map(({ token }) => token)).size).toBe(grants.length);

  for (const account of ACCOUNTS) {
    const inTurn = grants.filter((story) => story.account === account).sort(byTime('granted'));
    expect(inTurn.length).toBeGreaterThan(0);
    for (const [i, next] of inTurn.entries()) {
      const last = inTurn[i - 1];
      if (!last) continue;
      expect(next.token, `seed ${seed}: tokens rise`).toBeGreaterThan(last.token!);
      // One that was killed before it could say so had it until then.
      const freed = last.released ?? killed.get(last.pid);
      expect(freed, `seed ${seed}: only the dead release nothing`).toBeDefined();
      expect(next.granted! > freed!, `seed ${seed}: ${account} in two hands`).toBe(true);
    }
  }

  // Whoever was in the queue before another had even asked has the smaller token.
  const queued = grants.filter((story) => story.queued !== undefined).sort(byTime('queued'));
  let before = 0;
  let highest = 0;
  for (const story of [...grants].sort(byTime('asked'))) {
    for (; before < queued.length && queued[before]!.queued! < story.asked; before++) {
      highest = Math.max(highest, queued[before]!.token!);
    }
    expect(story.token, `seed ${seed}: overtaken`).toBeGreaterThan(highest);
  }
  expect(before).toBeGreaterThan(1_000);
  // All that were alive at the end came to their end.
  const open = stories.filter(({ pid, released }) => released === undefined && !killed.has(pid));
  expect(open).toEqual([]);
});
