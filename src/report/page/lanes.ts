import { getOr } from '../get-or.ts';
import type { ReportData, ReportLease, ReportSpan, ReportWait } from './data.ts';
import { type Look, leaseLook, spanLook, waitLook } from './look.ts';
import { poolsOf, type Selection, workersOf } from './selection.ts';
import { count, workerName } from './words.ts';

export type Bar = {
  from: number;
  to: number;
  look: Look;
  /** The filter chose it. */
  shown: boolean;
} & (
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

/**
 * The bars of a run, made once: a filter changes only which of them are shown.
 *
 * A lane per resource, pool by pool; below them the waits, a lane per worker or more where it waits
 * for several things at once.
 */
export class Lanes {
  readonly #pools: { name: string; size: number | undefined; lanes: [number, Bar[]][] }[];
  readonly #waits: [worker: string, bars: Bar[]][];

  constructor(data: ReportData) {
    const lanes = resourceBars(data);
    const sizes = new Map(data.pools.map(({ name, size }) => [name, size]));
    this.#pools = poolsOf(data).map((name) => {
      const size = sizes.get(name);
      const used = lanes.get(name) ?? new Map<number, Bar[]>();
      if (size !== undefined && size <= SHOWN_UNUSED && data.pools.length <= SHOWN_UNUSED) {
        for (let i = 0; used.size < size && i < size; i++) if (!used.has(i)) used.set(i, []);
      }
      return { name, size, lanes: [...used].sort(([a], [b]) => a - b) };
    });
    this.#waits = [...waitBars(data)];
  }

  rows({ filter, leases, waits }: Selection): Row[] {
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
    for (const { name, size, lanes } of this.#pools) {
      if (filter.pool !== '' && filter.pool !== name) continue;
      if (lanes.length === 0 && size === undefined) continue;
      const used = lanes.filter(([, bars]) => bars.length > 0).length;
      const some = `${used.toLocaleString('en')} of ${count(size ?? used, 'resource')} used`;
      heading(name, size === undefined ? '' : size === used ? count(size, 'resource') : some);
      for (const [index, bars] of lanes) {
        for (const bar of bars) bar.shown = bar.kind !== 'lease' || leases.has(bar.of);
        lane(`${index}`, bars);
      }
    }
    const waiting = this.#waits.flatMap(([worker, all]) => {
      const bars = all.filter((bar) => bar.kind === 'wait' && waits.has(bar.of));
      return bars.length === 0 ? [] : [{ worker, bars }];
    });
    if (waiting.length > 0) heading('Waits', 'by worker');
    for (const { worker, bars } of waiting) {
      stacked(bars).forEach((line, i) => {
        lane(i === 0 ? worker : '', line);
      });
    }
    return rows;
  }
}

function resourceBars({ leases, spans }: ReportData): Map<string, Map<number, Bar[]>> {
  const pools = new Map<string, Map<number, Bar[]>>();
  const add = (pool: string, resource: number, bar: Bar): void => {
    const lanes = getOr(pools, pool, () => new Map<number, Bar[]>());
    getOr(lanes, resource, () => []).push(bar);
  };
  for (const of of spans) {
    const { pool, resource, from, to, state } = of;
    add(pool, resource, { kind: 'span', of, from, to, look: spanLook(state), shown: true });
  }
  for (const of of leases) {
    const { from, to, reason } = of;
    const look = leaseLook(reason);
    for (const { pool, resource } of of.resources) {
      add(pool, resource, { kind: 'lease', of, from, to, look, shown: true });
    }
  }
  for (const lanes of pools.values()) for (const bars of lanes.values()) bars.sort(inTime);
  return pools;
}

function waitBars(data: ReportData): Map<string, Bar[]> {
  const workers = new Map(workersOf(data).map((name): [string, Bar[]] => [name, []]));
  for (const of of data.waits) {
    const { from, to, reason, who } = of;
    const look = waitLook(reason);
    workers.get(workerName(who))!.push({ kind: 'wait', of, from, to, look, shown: true });
  }
  for (const bars of workers.values()) bars.sort(inTime);
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
