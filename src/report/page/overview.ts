import type { ReportData } from './data.ts';
import { byId, el } from './dom.ts';
import { poolsOf } from './selection.ts';
import { count, duration } from './words.ts';

/** What one pool did in the run. */
export interface PoolOverview {
  name: string;
  size: number | undefined;
  leases: number;
  /** Held at the fullest moment. */
  most: number;
  /** The part of the pool's time in which it was held, from 0 to 1; unknown without a size. */
  busy: number | undefined;
  waits: number;
  waitedMs: number;
  longestMs: number;
}

export function overviewOf(data: ReportData): PoolOverview[] {
  const sizes = new Map(data.pools.map(({ name, size }) => [name, size]));
  const rows = poolsOf(data).map((name) => ({
    name,
    size: sizes.get(name),
    leases: 0,
    most: 0,
    busy: undefined as number | undefined,
    waits: 0,
    waitedMs: 0,
    longestMs: 0,
    heldMs: 0,
    /** When resources went out, and when they came back. */
    taken: [] as number[],
    back: [] as number[],
  }));
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const { resources, from, to } of data.leases) {
    for (const { pool } of resources) {
      const row = byName.get(pool)!;
      row.taken.push(from);
      row.back.push(to);
      row.heldMs += to - from;
    }
    for (const pool of new Set(resources.map((one) => one.pool))) byName.get(pool)!.leases++;
  }
  for (const { pools, from, to } of data.waits) {
    for (const pool of new Set(pools)) {
      const row = byName.get(pool)!;
      row.waits++;
      row.waitedMs += to - from;
      row.longestMs = Math.max(row.longestMs, to - from);
    }
  }
  const span = Math.max(data.toMs - data.fromMs, 1);
  return rows.map(({ taken, back, heldMs, ...row }) => ({
    ...row,
    most: mostAtOnce(taken, back),
    busy: row.size ? Math.min(heldMs / (row.size * span), 1) : undefined,
  }));
}

/** What comes back at a moment is back before something else goes out. */
function mostAtOnce(taken: number[], back: number[]): number {
  const ends = Float64Array.from(back).sort();
  let most = 0;
  let ended = 0;
  for (const [i, from] of Float64Array.from(taken).sort().entries()) {
    while (ends[ended]! <= from) ended++;
    most = Math.max(most, i + 1 - ended);
  }
  return most;
}

export function showOverview(data: ReportData): void {
  const rows = overviewOf(data);
  const waitedMs = data.waits.reduce((sum, { from, to }) => sum + to - from, 0);
  const bad = data.leases.filter(({ reason }) => !['released', 'held', 'stopped'].includes(reason));
  const tiles: [string, string, string?][] = [
    ['Run', duration(data.toMs - data.fromMs)],
    ['Leases', data.leases.length.toLocaleString('en')],
    ['Waits', data.waits.length.toLocaleString('en')],
    ['Waited in all', duration(waitedMs)],
    ['Ended early', bad.length.toLocaleString('en'), 'expired, disconnected, revoked or retired'],
  ];
  byId('figures').replaceChildren(
    ...tiles.map(([term, text, title]) =>
      el('div', title ? { title } : {}, el('dt', {}, term), el('dd', {}, text)),
    ),
  );
  byId('headline').textContent = headline(rows, waitedMs);
  byId('pools').replaceChildren(
    ...rows.map((row) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row', title: row.name }, row.name),
        ...[
          row.size === undefined ? '–' : row.size.toLocaleString('en'),
          row.leases.toLocaleString('en'),
          row.most.toLocaleString('en'),
          row.busy === undefined ? '–' : `${Math.round(row.busy * 100)} %`,
          row.waits.toLocaleString('en'),
          duration(row.waitedMs),
          duration(row.longestMs),
        ].map((text) => el('td', { class: 'number' }, text)),
      ),
    ),
  );
}

function headline(rows: PoolOverview[], waitedMs: number): string {
  const waited = rows.filter((row) => row.waitedMs > 0).sort((a, b) => b.waitedMs - a.waitedMs);
  const [worst] = waited;
  if (!worst) return 'Nobody had to wait.';
  const share = Math.round((worst.waitedMs / Math.max(waitedMs, 1)) * 100);
  if (waited.length === 1) {
    return `Workers waited ${duration(waitedMs)} in all, for ${worst.name}: ${count(worst.waits, 'wait')}, the longest ${duration(worst.longestMs)}.`;
  }
  return `Workers waited ${duration(waitedMs)} in all, most of it for ${worst.name}: ${share} %, the longest ${duration(worst.longestMs)}.`;
}
