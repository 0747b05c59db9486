import { formatMs } from '../protocol/duration.ts';
import { printable, quoted } from '../protocol/errors.ts';
import { holderName } from '../protocol/holder.ts';
import type { LeaseSpan, PoolUse, Timeline, WaitSpan } from './timeline.ts';
import { type WhatIf, whatIf } from './what-if.ts';

/** Pools that were waited for less than this in all are not worth a line. */
const WORTH_TELLING_MS = 1_000;
/** Ends of waits that got what they were for. */
const SERVED: ReadonlySet<string> = new Set(['granted', 'answered', 'passed']);
/** Pools that are told; the others are counted. */
const MAX_POOLS = 8;

/**
 * A few lines at the end of a run: what was waited for, longest first, by whom, who held it, and what
 * more of it would have saved.
 * None where nobody waited for long.
 *
 * @param columns of the terminal: lines are broken there, between words.
 * @param known what more of each pool would have saved, where that has been found out already.
 */
export function summaryOf(timeline: Timeline, columns: number, known?: WhatIf[]): string[] {
  const waited = timeline.pools
    .map((pool) => waitsFor(pool, timeline))
    .filter(({ totalMs }) => totalMs >= WORTH_TELLING_MS)
    .sort((a, b) => b.totalMs - a.totalMs);
  if (waited.length === 0) return [];
  const told = waited.slice(0, MAX_POOLS);
  const runMs = timeline.to - timeline.from;
  const foretold = known ?? whatIf(timeline, new Set(told.map(({ pool }) => pool.name)));
  return [
    `ephemeral-broker: waits of this run (${formatMs(runMs)})`,
    ...told.flatMap((each) => [
      ...tell(each, timeline),
      ...foretold.flatMap(({ pool, sentence }) =>
        pool === each.pool.name ? `    ${sentence}` : [],
      ),
    ]),
    ...(waited.length > MAX_POOLS ? [`  … and ${waited.length - MAX_POOLS} more`] : []),
  ].flatMap((line) => broken(printable(line), columns));
}

interface Waited {
  pool: PoolUse;
  waits: WaitSpan[];
  totalMs: number;
}

function waitsFor(pool: PoolUse, { waits }: Timeline): Waited {
  const own = waits.filter(({ pools }) => pools.includes(pool.name));
  return { pool, waits: own, totalMs: sum(own) };
}

function tell({ pool, waits, totalMs }: Waited, { leases }: Timeline): string[] {
  const { name, kind, size, peak } = pool;
  const longest = waits.reduce((a, b) => (msOf(b) > msOf(a) ? b : a));
  const inVain = waits.filter(({ outcome }) => outcome === undefined || !SERVED.has(outcome));
  const use = kind === 'pool' ? `, ${peak} of ${size} in use at most` : '';
  const vain = inVain.length === 0 ? '' : `, ${inVain.length} of them in vain`;
  const held = leases.filter(({ pool }) => pool === name);
  const holder = held.reduce((a, b) => (msOf(b) > msOf(a) ? b : a), held[0]!);
  return [
    `  ${name}: ${formatMs(totalMs)} in ${waits.length} ${waits.length === 1 ? 'wait' : 'waits'}${vain}${use}`,
    `    longest: ${formatMs(msOf(longest))}, ${nameOf(longest)}`,
    ...(holder ? [`    held longest: ${formatMs(msOf(holder))}, ${nameOf(holder)}`] : []),
  ];
}

const msOf = ({ from, to }: { from: number; to: number }): number => to - from;

const sum = (waits: WaitSpan[]): number => waits.reduce((total, wait) => total + msOf(wait), 0);

const nameOf = ({ identity, purpose }: WaitSpan | LeaseSpan): string =>
  purpose.test === undefined ? holderName(identity, purpose) : quoted(purpose.test);

/** Further lines of one are indented as far as it is, and a little more. */
function broken(line: string, columns: number): string[] {
  const [indent] = /^ */.exec(line)!;
  const lines = [''];
  for (const word of line.trim().split(' ')) {
    const last = lines.at(-1)!;
    const margin = lines.length === 1 ? indent : `${indent}  `;
    if (last === '') lines[lines.length - 1] = margin + word;
    else if (last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}  ${word}`);
  }
  return lines;
}
