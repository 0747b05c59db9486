import { formatMs } from '../protocol/duration.ts';
import { oneLine, printable } from '../protocol/errors.ts';
import { type Holder, holderName } from '../protocol/holder.ts';
import type { PoolStatus, Status } from '../protocol/status.ts';

/** Who waits and who holds: what a person reads first is never cut for what comes behind it. */
interface Section {
  title: string;
  lines: string[];
  /** Rows that the broker did not send. */
  more: number;
}

/** Keys are many, and seldom what is looked for. */
const MOST_KEYS = 20;

/**
 * The status as lines for a person, none wider than `width`. With `height`, no more than that: the
 * longest sections give way first.
 */
export function statusLines(
  status: Status,
  width = Number.POSITIVE_INFINITY,
  height = Number.POSITIVE_INFINITY,
): string[] {
  const sections = sectionsOf(status).filter(({ lines }) => lines.length > 0);
  const heads = 3 * sections.length - 1;
  const room = fair(
    sections.map(({ lines }) => lines.length),
    Math.max(height - heads, sections.length),
  );
  const all = sections.flatMap(({ title, lines, more }, i) => {
    const left = lines.length - room[i]! + more;
    return [
      ...(i === 0 ? [] : ['']),
      title,
      ...lines.slice(0, room[i]).map((line) => `  ${line}`),
      ...(left > 0 ? [`  and ${left} more`] : []),
    ];
  });
  return all.slice(0, height).map((line) => cut(line, width));
}

/** Shares `room` among wants: nobody gets less for another's long list than an equal share. */
export function fair(wants: readonly number[], room: number): number[] {
  const shares: number[] = Array(wants.length).fill(0);
  const order = wants.map((_, i) => i).sort((a, b) => wants[a]! - wants[b]!);
  let left = room;
  order.forEach((i, done) => {
    shares[i] = Math.min(wants[i]!, Math.floor(left / (order.length - done)));
    left -= shares[i]!;
  });
  return shares;
}

function sectionsOf({ pools, leases, waiters, keys, limits, barriers, totals }: Status): Section[] {
  const width = Math.max(0, ...pools.map(({ name }) => name.length));
  const shownKeys = keys.slice(0, MOST_KEYS);
  return [
    {
      title: 'Pools',
      lines:
        totals.pools === 0
          ? ['none']
          : pools.map(
              (pool) => `${oneLine(pool.name).padEnd(Math.min(width, 24))}  ${standing(pool)}`,
            ),
      more: totals.pools - pools.length,
    },
    {
      title: `Waiting: ${totals.waiters}`,
      lines: waiters.map(
        (waiter) => `${formatMs(waiter.waitedMs)} for ${names(waiter.pools)}: ${who(waiter)}`,
      ),
      more: totals.waiters - waiters.length,
    },
    {
      title: `Held: ${totals.leases}`,
      lines: leases.map(
        (lease) =>
          `${names(lease.pools)}${lease.resource === undefined ? '' : `[${lease.resource}]`} for ${formatMs(lease.heldMs)}: ${who(lease)}`,
      ),
      more: totals.leases - leases.length,
    },
    {
      title: `Barriers: ${totals.barriers}`,
      lines: barriers.map(
        ({ name, parties, arrived }) => `${oneLine(name)}  ${arrived} of ${parties} arrived`,
      ),
      more: totals.barriers - barriers.length,
    },
    {
      title: `Limits: ${totals.limits}`,
      lines: limits.map(
        ({ name, count, perMs, waiting }) =>
          `${oneLine(name)}  ${count} in ${formatMs(perMs)}, ${waiting} wait`,
      ),
      more: totals.limits - limits.length,
    },
    {
      title: `Values: ${totals.keys}`,
      lines: shownKeys.map(oneLine),
      more: totals.keys - shownKeys.length,
    },
  ];
}

function standing({ size, held, returning, lost, waiting }: PoolStatus): string {
  return [
    `${held} of ${size} held`,
    ...(waiting > 0 ? [`${waiting} wait`] : []),
    ...(returning > 0 ? [`${returning} on the way back`] : []),
    ...(lost > 0 ? [`${lost} out of use`] : []),
  ].join(', ');
}

const names = (pools: readonly string[]): string => oneLine(pools.join(' + '));

/** The test first: that is by what people know what their suite does. */
function who(holder: Holder): string {
  const { test, file, ...identity } = holder;
  const worker = holderName(identity, {});
  if (test === undefined) return file === undefined ? worker : `${oneLine(file)}, ${worker}`;
  return `${oneLine(test)}${file === undefined ? '' : ` (${oneLine(file)})`}, ${worker}`;
}

function cut(line: string, width: number): string {
  const shown = printable(line);
  if (shown.length <= width) return shown;
  return `${shown.slice(0, Math.max(0, width - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}
