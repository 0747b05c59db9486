import type { LeaseSpan, Timeline, WaitSpan } from './timeline.ts';

/** A lease that somebody had, or a wait for one. */
export interface Had {
  /** Default: a client of no runner. */
  worker?: string;
  file?: string;
  test?: string;
  /** Of which it has one each. Default: the first pool. */
  of?: string[];
  /** When it was asked for. Default: when it was had. */
  asked?: number;
  from: number;
  /** Default: it was still held. */
  to?: number;
  /** Of a wait that brought no lease, and ended at `from`. */
  outcome?: 'answered' | 'timeout';
  /** Default: one for each worker. */
  session?: number;
}

/** The timeline of a run in which these were had, in the order in which they were asked for. */
export function timelineWith(
  had: Had[],
  sizes: Record<string, number> = { accounts: 1 },
  more: Partial<Timeline> = {},
): Timeline {
  const end = Math.max(0, ...had.map(({ from, to = from }) => to));
  const leases: LeaseSpan[] = [];
  const waits: WaitSpan[] = [];
  const sessions = new Map<number, Timeline['sessions'][number]>();
  const pools = Object.entries(sizes).map(([name, size]) => ({
    ...{ name, size, kind: (name.split(':')[1] ? name.split(':')[0] : 'pool') as 'pool' },
    ...{ lanes: [], peak: 1 },
  }));
  for (const [i, each] of had.entries()) {
    const { worker, file, test, of = [pools[0]!.name], asked = each.from, from, to } = each;
    const session = each.session ?? (worker === undefined ? 100 + i : Number(worker));
    const identity = worker === undefined ? {} : { runner: 'vitest', worker };
    const last = each.to ?? from;
    const known = sessions.get(session);
    if (known) known.to = Math.max(known.to, last);
    else sessions.set(session, { session, identity, from: 0, to: last });
    const purpose = { ...(file && { file }), ...(test && { test }) };
    const who = { ticket: i + 1, session, identity, purpose };
    const outcome = each.outcome ?? ('granted' as const);
    if (asked < from) waits.push({ ...who, pools: of, from: asked, to: from, outcome });
    if (outcome !== 'granted') continue;
    for (const [resource, pool] of of.entries()) {
      const span = { from, to: to ?? end, waitedMs: from - asked, heldMs: (to ?? end) - from };
      const ended = { end: to === undefined ? undefined : ('released' as const), why: undefined };
      leases.push({ ...who, ...span, ...ended, lease: `${pool}#${i + 1}`, pool, resource });
    }
  }
  return {
    ...{ from: 0, to: end, startedAt: 0, truncated: false, machine: undefined },
    ...{ pools, leases, waits, absences: [], sessions: [...sessions.values()] },
    ...more,
  };
}
