import { describe, expect, test } from 'vitest';
import type { Status } from '../protocol/status.ts';
import { fair, statusLines } from './status-view.ts';

const NONE = { pools: 0, leases: 0, waiters: 0, keys: 0, limits: 0, barriers: 0 };
const EMPTY: Status = {
  pools: [],
  leases: [],
  waiters: [],
  keys: [],
  limits: [],
  barriers: [],
  totals: NONE,
};
const accounts = { name: 'accounts', size: 3, held: 1, returning: 1, lost: 1, waiting: 2 };
const BUSY: Status = {
  pools: [accounts, { name: 'ports', size: 9, held: 0, returning: 0, lost: 0, waiting: 0 }],
  leases: [
    {
      lease: 'accounts#1',
      pools: ['accounts'],
      resource: 2,
      heldMs: 4_200,
      runner: 'vitest',
      worker: '3',
      pid: 4711,
      test: 'buys a ticket',
      file: 'shop.test.ts',
    },
    { lease: 'ports#2', pools: ['ports', 'lock:db'], heldMs: 10, runner: 'cli' },
  ],
  waiters: [{ pools: ['accounts'], waitedMs: 900, leftMs: 1, worker: '4', file: 'a.test.ts' }],
  keys: ['base-url'],
  limits: [{ name: 'api', count: 5, perMs: 1_000, waiting: 2 }],
  barriers: [{ name: 'seed', parties: 4, arrived: 3 }],
  totals: { pools: 2, leases: 2, waiters: 1, keys: 1, limits: 1, barriers: 1 },
};

describe('the status, for a person', () => {
  test('tells pools, who waits, who holds, by test, and what else there is', () => {
    expect(statusLines(BUSY)).toEqual([
      'Pools',
      '  accounts  1 of 3 held, 2 wait, 1 on the way back, 1 out of use',
      '  ports     0 of 9 held',
      '',
      'Waiting: 1',
      '  900 ms for accounts: a.test.ts, worker 4',
      '',
      'Held: 2',
      '  accounts[2] for 4.2 s: buys a ticket (shop.test.ts), vitest worker 3 (pid 4711)',
      '  ports + lock:db for 10 ms: cli',
      '',
      'Barriers: 1',
      '  seed  3 of 4 arrived',
      '',
      'Limits: 1',
      '  api  5 in 1.0 s, 2 wait',
      '',
      'Values: 1',
      '  base-url',
    ]);
  });

  test('of a broker without anything says so', () => {
    expect(statusLines(EMPTY)).toEqual(['Pools', '  none']);
  });

  test.each([1, 2, 3, 10, 40])('is nowhere wider than %i columns', (width) => {
    const long = { ...BUSY, keys: ['k'.repeat(500), '😀'.repeat(100)] };
    const lines = statusLines(long, width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const line of lines) expect(line.isWellFormed()).toBe(true);
  });

  test('on a small screen has a part of each, and says how much is left', () => {
    const many: Status = {
      ...BUSY,
      leases: Array.from({ length: 500 }, () => BUSY.leases[1]!),
      totals: { ...BUSY.totals, leases: 900 },
    };
    const lines = statusLines(many, 40, 24);
    expect(lines.length).toBeLessThanOrEqual(24);
    for (const title of ['Pools', 'Waiting: 1', 'Held: 900', 'Values: 1']) {
      expect(lines).toContain(title);
    }
    expect(lines).toContain('  and 898 more');
  });

  test('is never longer than the screen, however small that is', () => {
    for (let height = 1; height < 30; height++) {
      expect(statusLines(BUSY, 40, height).length).toBeLessThanOrEqual(height);
    }
  });

  test('lets no name drive the terminal, nor pass for a line of ours', () => {
    const evil = '\u001b[2J\u009b1m\u202e\r\nPools';
    const text = statusLines({
      pools: [{ ...accounts, name: evil }],
      leases: [{ lease: 'x', pools: [evil], heldMs: 1, test: evil, file: evil, worker: evil }],
      waiters: [{ pools: [evil], waitedMs: 1, leftMs: 1, file: evil, runner: evil }],
      keys: [evil],
      limits: [{ name: evil, count: 1, perMs: 1, waiting: 1 }],
      barriers: [{ name: evil, parties: 1, arrived: 1 }],
      totals: { pools: 1, leases: 1, waiters: 1, keys: 1, limits: 1, barriers: 1 },
    }).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.match(/^Pools$/gm)).toHaveLength(1);
  });
});

test('room is shared so that a short list is whole before a long one takes more', () => {
  expect(fair([2, 500, 3], 11)).toEqual([2, 6, 3]);
  expect(fair([500, 500], 11)).toEqual([5, 6]);
  expect(fair([1, 1], 11)).toEqual([1, 1]);
  expect(fair([], 3)).toEqual([]);
});
