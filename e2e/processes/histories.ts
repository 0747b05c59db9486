import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BrokerConfig } from '../../src/index.ts';
import { Child, envOf, makeDirectory, now, pause, startHost } from './processes.ts';

/** One of the things that a request asks for. */
export interface Want {
  pool?: string;
  where?: unknown;
  count?: number;
  lock?: string;
  mode?: Mode;
}

type Mode = 'exclusive' | 'shared';

/** What became of one request, by the clock that all share; `undefined`: it never came to that. */
export interface Story {
  request: string;
  pid: number;
  wants: Want[];
  /** In a block that holds something. */
  within: boolean;
  asked: bigint;
  /** The broker had surely read it. */
  queued?: bigint;
  granted?: bigint;
  released?: bigint;
  deadlock?: bigint;
  token?: number;
  /** By thing, how it was held. */
  got?: Record<string, Mode>;
}

type Granted = Story & Required<Pick<Story, 'granted' | 'token' | 'got'>>;

/** What came of a storm. */
export interface History {
  seed: number;
  stories: Story[];
  grants: Granted[];
  /** When each was killed, at the earliest. */
  killed: Map<number, bigint>;
}

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

/**
 * Eight processes run a script, and up to three at a time are killed and replaced, at random
 * (`SEED` repeats when and which). Fails where a witness saw two hold one, and where one that was
 * asked to stop could not come to an end.
 */
export async function storm(
  script: string,
  config: BrokerConfig,
  seconds: number,
): Promise<History> {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const directory = makeDirectory();
  const host = await startHost(config);
  const env = { ...envOf(host), WITNESS_DIRECTORY: directory };
  const start = async () => {
    const child = await Child.start(script, env);
    await child.ask('start');
    return child;
  };
  const workers = await Promise.all(Array.from({ length: 8 }, start));
  const killed = new Map<number, bigint>();
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
    await pause(random() * 200);
    const victims = workers.splice(0, 1 + Math.floor(random() * 3));
    for (const victim of victims) {
      killed.set(victim.pid, now());
      victim.signal('SIGKILL');
    }
    workers.push(...(await Promise.all(victims.map(start))));
  }
  await Promise.all(workers.map((worker) => worker.ask('stop')));
  const stories = readStories(directory);
  const grants = stories.filter((story): story is Granted => story.granted !== undefined);
  console.log(
    `seed ${seed}: ${grants.length} grants to ${workers.length + killed.size} processes, ${killed.size} of them killed`,
  );
  return { seed, stories, grants, killed };
}

function readStories(directory: string): Story[] {
  const stories = new Map<string, Story>();
  for (const name of readdirSync(directory).filter((each) => each.startsWith('history-'))) {
    const pid = Number(name.slice(8));
    const lines = readFileSync(join(directory, name), 'utf8').split('\n');
    // A killed process may have left half a line at the end.
    for (const line of lines.slice(0, -1)) {
      const { type, request, at, wants, within = false, token, got, message } = JSON.parse(line);
      if (type === 'failed') throw new Error(`${name}: ${message}`);
      const time = BigInt(at);
      const story = stories.get(request)!;
      if (type === 'ask') stories.set(request, { request, pid, wants, within, asked: time });
      else if (type === 'queued') story.queued = time;
      else if (type === 'grant') Object.assign(story, { granted: time, token, got });
      else if (type === 'release') story.released = time;
      else story.deadlock = time;
    }
  }
  return [...stories.values()];
}

/**
 * No thing is in two hands at any moment, unless both share it; and of two that must not have it
 * together, who has it later has the larger token.
 */
export function expectOneHolder({ seed, grants, killed }: History): void {
  expect(new Set(grants.map(({ token }) => token)).size, `seed ${seed}: one token each`).toBe(
    grants.length,
  );
  const things = new Set(grants.flatMap(({ got }) => Object.keys(got)));
  for (const thing of things) {
    const holders = grants.filter(({ got }) => thing in got).sort((a, b) => a.token - b.token);
    /** When the last of those so far gave it back who had it alone, and of all of them. */
    const free = { alone: 0n, all: 0n };
    for (const { got, granted, released, pid } of holders) {
      const before = got[thing] === 'shared' ? free.alone : free.all;
      expect(granted > before, `seed ${seed}: ${thing} in two hands`).toBe(true);
      // One that was killed before it could say so had it until then.
      const freed = released ?? killed.get(pid);
      if (freed === undefined) throw new Error(`seed ${seed}: only the dead release nothing`);
      if (freed > free.all) free.all = freed;
      if (got[thing] === 'exclusive' && freed > free.alone) free.alone = freed;
    }
  }
}

/**
 * Nobody is overtaken who could have been served in place of the other: a request that the broker had
 * read before another was even asked has the smaller token, if it wants no more than that.
 *
 * Not so where the other holds something: it may go before those who wait for what it holds.
 *
 * @param wantsNoMore whether whatever serves the second would serve the first.
 * @returns how many grants had such an older one before them.
 */
export function expectNobodyOvertaken(
  { seed, grants }: History,
  wantsNoMore: (a: Want[], b: Want[]) => boolean,
): number {
  let compared = 0;
  const kinds = new Map<string, Granted[]>();
  for (const story of grants) {
    const kind = JSON.stringify(story.wants);
    if (!kinds.get(kind)?.push(story)) kinds.set(kind, [story]);
  }
  for (const [kind, alike] of kinds) {
    const { wants } = alike[0]!;
    const older = [...kinds.values()]
      .filter(([other]) => wantsNoMore(other!.wants, wants))
      .flat()
      .filter(({ queued }) => queued !== undefined)
      .sort(byTime('queued'));
    let before = 0;
    let highest = 0;
    for (const story of alike.filter(({ within }) => !within).sort(byTime('asked'))) {
      for (; before < older.length && older[before]!.queued! < story.asked; before++) {
        highest = Math.max(highest, older[before]!.token);
      }
      if (before > 0) compared++;
      expect(story.token, `seed ${seed}: ${kind} overtook`).toBeGreaterThan(highest);
    }
  }
  return compared;
}

const byTime = (key: 'asked' | 'queued') => (a: Story, b: Story) => (a[key]! < b[key]! ? -1 : 1);

/** Each request of a process that was not killed was granted and released, or is a deadlock; and that only where something was held. */
export function expectAllEnded({ seed, stories, killed }: History): void {
  const open = stories.filter(
    ({ pid, released, deadlock }) => !released && !deadlock && !killed.has(pid),
  );
  expect(open, `seed ${seed}: never ended`).toEqual([]);
  const unheld = stories.filter(({ deadlock, within }) => deadlock && !within);
  expect(unheld, `seed ${seed}: a deadlock without holding anything`).toEqual([]);
}
