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
  const rows = new Map<string, PoolOverview>();
  for (const name of poolsOf(data)) {
    const size = sizes.get(name);
    rows.set(name, {
      name,
      size,
      leases: 0,
      most: 0,
      busy: undefined,
      waits: 0,
      waitedMs: 0,
      longestMs: 0,
    });
  }
  const steps = new Map<string, [at: number, by: number][]>();
  const heldMs = new Map<string, number>();
  for (const { resources, from, to } of data.leases) {
    for (const { pool } of new Set(resources)) {
      const list = steps.get(pool) ?? [];
      list.push([from, 1], [to, -1]);
      steps.set(pool, list);
      heldMs.set(pool, (heldMs.get(pool) ?? 0) + to - from);
    }
    for (const pool of new Set(resources.map((one) => one.pool))) rows.get(pool)!.leases++;
  }
  for (const { pools, from, to } of data.waits) {
    for (const pool of new Set(pools)) {
      const row = rows.get(pool)!;
      row.waits++;
      row.waitedMs += to - from;
      row.longestMs = Math.max(row.longestMs, to - from);
    }
  }
  const span = Math.max(data.toMs - data.fromMs, 1);
  for (const row of rows.values()) {
    let held = 0;
    for (const [, by] of (steps.get(row.name) ?? []).sort(([a, x], [b, y]) => a - b || x - y)) {
      held += by;
      row.most = Math.max(row.most, held);
    }
    if (row.size) row.busy = Math.min((heldMs.get(row.name) ?? 0) / (row.size * span), 1);
  }
  return [...rows.values()];
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
        el('th', { scope: 'row' }, row.name),
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
