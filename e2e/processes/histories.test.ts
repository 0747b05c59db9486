import { afterEach, expect, test } from 'vitest';
import {
  expectAllEnded,
  expectNobodyOvertaken,
  expectOneHolder,
  storm,
  type Want,
} from './histories.ts';
import { endAll } from './processes.ts';

afterEach(endAll);

test('8 processes on 5 accounts, killed at random: no account is in two hands, tokens rise, nobody is overtaken', async () => {
  const accounts = ['a', 'b', 'c', 'd', 'e'];
  const history = await storm('hammer.mjs', { pools: { accounts } }, 16);
  const { grants, killed } = history;
  expect(grants.length).toBeGreaterThan(1_000);
  expect(killed.size).toBeGreaterThan(10);
  expect(new Set(grants.flatMap(({ got }) => Object.keys(got))).size).toBe(accounts.length);
  expectOneHolder(history);
  expect(expectNobodyOvertaken(history, () => true)).toBeGreaterThan(1_000);
  expectAllEnded(history);
});

/** A soak asks for more. */
const MIXED_SECONDS = Number(process.env.HISTORY_SECONDS ?? 20);
const POOLS: Record<string, unknown[]> = {
  accounts: ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => ({
    name,
    role: i < 2 ? 'admin' : 'member',
  })),
  ports: [4001, 4002, 4003, 4004],
  databases: ['x', 'y', 'z'],
};

test('8 processes, killed at random, that ask for filters, counts, locks, several at once and in blocks within blocks: nothing is in two hands, tokens rise, nobody is overtaken who could have been served, nobody hangs', async () => {
  const history = await storm('mixed-hammer.mjs', { pools: POOLS }, MIXED_SECONDS);
  const { stories, grants, killed } = history;
  const deadlocks = stories.filter(({ deadlock }) => deadlock).length;
  expectOneHolder(history);
  const compared = expectNobodyOvertaken(history, wantsNoMore);
  expectAllEnded(history);
  const waitsMs = grants.map(({ asked, granted }) => Number(granted - asked) / 1e6);
  const times = (what: string, is: (story: (typeof grants)[number]) => boolean) =>
    `${grants.filter(is).length} ${what}`;
  console.log(
    [
      times('of one thing', ({ wants }) => wants.length === 1),
      times('of several', ({ wants }) => wants.length > 1),
      times('with a filter', ({ wants }) => wants.some(({ where }) => where !== undefined)),
      times('with a count', ({ wants }) => wants.some(({ count }) => count !== undefined)),
      times('of a lock', ({ wants }) => wants.some(({ lock }) => lock !== undefined)),
      times('in a block that held something', ({ within }) => within),
      `${deadlocks} deadlocks`,
      `${compared} compared with older ones`,
      `longest wait ${Math.round(Math.max(...waitsMs))} ms`,
    ].join(', '),
  );
  expect(new Set(grants.flatMap(({ got }) => Object.keys(got))).size).toBe(6 + 4 + 3 + 1);
  expect(compared).toBeGreaterThan(500);
  expect(deadlocks).toBeGreaterThan(10);
  expect(killed.size).toBeGreaterThan(10);
});

/**
 * For each that `a` wants, `b` wants of the same pool what would do for `a`, or the same lock. Then
 * what `a` lacks, by the claims of those before it, `b` lacks as well: a lock that is claimed by
 * either is shut, or open for both, unless `a` lacks something else.
 */
function wantsNoMore(a: Want[], b: Want[]): boolean {
  return a.every((want) =>
    b.some((other) =>
      want.lock === undefined
        ? other.pool === want.pool &&
          acceptable(other).every((each) => acceptable(want).includes(each))
        : other.lock === want.lock,
    ),
  );
}

const acceptable = ({ pool, where }: Want): unknown[] =>
  POOLS[pool!]!.filter((value) => where === undefined || isLike(where, value));

function isLike(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((each) => isLike(each, value));
  if (typeof pattern !== 'object') return pattern === value;
  return Object.entries(pattern!).every(([key, each]) =>
    isLike(each, (value as Record<string, unknown>)[key]),
  );
}
