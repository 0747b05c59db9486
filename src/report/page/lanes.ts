import type { ReportData, ReportLease, ReportSpan, ReportWait } from './data.ts';
import { poolsOf, type Selection, workersOf } from './selection.ts';
import { count, workerName } from './words.ts';

export type Bar = { from: number; to: number; shown: boolean } & (
  | { kind: 'lease'; of: ReportLease }
  | { kind: 'wait'; of: ReportWait }
  | { kind: 'span'; of: ReportSpan }
);

/** A row of the timeline; `bars` in order of time, none over another. */
export type Row = { y: number; height: number; label: string } & (
  | { kind: 'heading'; note: string }
  | { kind: 'lane'; bars: Bar[] }
);

const HEADING = 34;
const LANE = 22;
/** Of a pool of up to so many, unused resources are shown too: an empty lane tells something. */
const SHOWN_UNUSED = 40;

/** A lane per resource, pool by pool; below them the waits, a lane per worker or more where it waits for several things at once. */
export function rowsOf(data: ReportData, selection: Selection): Row[] {
  const rows: Row[] = [];
  let y = 0;
  const heading = (label: string, note: string): void => {
    rows.push({ kind: 'heading', y, height: HEADING, label, note });
    y += HEADING;
  };
  const lane = (label: string, bars: Bar[]): void => {
    rows.push({ kind: 'lane', y, height: LANE, label, bars });
    y += LANE;
  };
  const byPool = resourceBars(data, selection);
  for (const pool of poolsOf(data)) {
    if (selection.filter.pool !== '' && selection.filter.pool !== pool) continue;
    const used = byPool.get(pool) ?? new Map<number, Bar[]>();
    const size = data.pools.find(({ name }) => name === pool)?.size;
    const indices = [...used.keys()];
    if (size !== undefined && size <= SHOWN_UNUSED && data.pools.length <= SHOWN_UNUSED) {
      for (let i = 0; indices.length < size && i < size; i++) if (!used.has(i)) indices.push(i);
    }
    if (indices.length === 0 && size === undefined) continue;
    const note =
      size === undefined
        ? ''
        : size === used.size
          ? count(size, 'resource')
          : `${used.size} of ${count(size, 'resource')} used`;
    heading(pool, note);
    for (const index of indices.sort((a, b) => a - b)) lane(`${index}`, used.get(index) ?? []);
  }
  const waits = waitBars(data, selection);
  if (waits.size > 0) heading('Waits', 'by worker');
  for (const [worker, bars] of waits) {
    stacked(bars).forEach((lineOf, i) => {
      lane(i === 0 ? worker : '', lineOf);
    });
  }
  return rows;
}

function resourceBars(
  { leases, spans }: ReportData,
  selection: Selection,
): Map<string, Map<number, Bar[]>> {
  const pools = new Map<string, Map<number, Bar[]>>();
  const add = (pool: string, resource: number, bar: Bar): void => {
    const lanes = pools.get(pool) ?? new Map<number, Bar[]>();
    pools.set(pool, lanes);
    const bars = lanes.get(resource);
    if (bars) bars.push(bar);
    else lanes.set(resource, [bar]);
  };
  for (const of of spans) {
    add(of.pool, of.resource, { kind: 'span', of, from: of.from, to: of.to, shown: true });
  }
  for (const of of leases) {
    const shown = selection.leases.has(of);
    for (const { pool, resource } of of.resources) {
      add(pool, resource, { kind: 'lease', of, from: of.from, to: of.to, shown });
    }
  }
  for (const lanes of pools.values()) for (const bars of lanes.values()) bars.sort(inTime);
  return pools;
}

function waitBars(data: ReportData, selection: Selection): Map<string, Bar[]> {
  const workers = new Map(workersOf(data).map((name): [string, Bar[]] => [name, []]));
  for (const of of selection.waits) {
    const bar: Bar = { kind: 'wait', of, from: of.from, to: of.to, shown: true };
    workers.get(workerName(of.who))!.push(bar);
  }
  for (const [name, bars] of workers) {
    if (bars.length === 0) workers.delete(name);
    else bars.sort(inTime);
  }
  return workers;
}

/** Each bar in the first line that is free when it starts. */
function stacked(bars: Bar[]): Bar[][] {
  const lines: Bar[][] = [];
  for (const bar of bars) {
    const line = lines.find((one) => one.at(-1)!.to <= bar.from);
    if (line) line.push(bar);
    else lines.push([bar]);
  }
  return lines;
}

const inTime = (a: Bar, b: Bar): number => a.from - b.from || a.to - b.to;

/** The place of the first bar that ends at `ms` or later. */
export function firstFrom(bars: Bar[], ms: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle]!.to < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
