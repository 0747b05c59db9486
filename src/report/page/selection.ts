import type { ReportData, ReportLease, ReportWait } from './data.ts';
import { workerName } from './words.ts';

/** What the user asked to see; empty texts ask for everything. */
export interface Filter {
  pool: string;
  worker: string;
  /** Part of a test's or a file's name, in any case. */
  text: string;
}

export const EVERYTHING: Filter = { pool: '', worker: '', text: '' };

/** The leases and waits of a filter. */
export interface Selection {
  filter: Filter;
  leases: Set<ReportLease>;
  waits: Set<ReportWait>;
}

export function select(data: ReportData, filter: Filter): Selection {
  const text = filter.text.toLowerCase();
  const fits = ({ who, test = '', file = '' }: ReportLease | ReportWait): boolean =>
    (filter.worker === '' || workerName(who) === filter.worker) &&
    (text === '' || `${test}\n${file}`.toLowerCase().includes(text));
  const inPool = (pools: string[]): boolean => filter.pool === '' || pools.includes(filter.pool);
  return {
    filter,
    leases: new Set(
      data.leases.filter((one) => fits(one) && inPool(one.resources.map(({ pool }) => pool))),
    ),
    waits: new Set(data.waits.filter((one) => fits(one) && inPool(one.pools))),
  };
}

const natural = new Intl.Collator('en', { numeric: true });

/** The workers that had or wanted something, in their natural order. */
export function workersOf({ leases, waits }: ReportData): string[] {
  const identities = new Set([...leases, ...waits].map(({ who }) => who));
  return [...new Set([...identities].map(workerName))].sort(natural.compare);
}

/** The declared pools, then what was made on the way. */
export function poolsOf({ pools, leases, waits }: ReportData): string[] {
  const names = new Set(pools.map(({ name }) => name));
  for (const { resources } of leases) for (const { pool } of resources) names.add(pool);
  for (const wait of waits) for (const pool of wait.pools) names.add(pool);
  return [...names];
}
