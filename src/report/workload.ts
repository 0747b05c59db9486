import { type Ask, asksOf, draftsOf, filesOnSeveral } from './drafts.ts';
import { getOr } from './get-or.ts';
import { type Job, JobMaker } from './job.ts';
import type { LeaseSpan, PoolKind, SessionSpan, Timeline } from './timeline.ts';

/**
 * What a run's workers did with pools, without the waits: think times, requests and releases, in jobs.
 *
 * A job is what a runner hands to whichever worker is free. That is a file, as Vitest and Jest hand
 * them out, and Playwright too; but where several workers had parts of one file at once
 * (`fullyParallel`), it is a test.
 */
export interface Workload {
  pools: { name: string; kind: PoolKind; size: number }[];
  crews: Crew[];
  /** So many ids its steps and needs have: 0, 1, 2 … */
  ids: number;
  /** When the first client came. */
  sinceMs: number;
}

/** Workers that take their jobs from one queue, in this order. A client of no runner is a crew of its own. */
export interface Crew {
  workers: number;
  jobs: Job[];
}

export function workloadOf(timeline: Timeline): Workload {
  const sessionOf = new Map(timeline.sessions.map((each) => [each.session, each]));
  const byCrew = new Map<string, Map<string, Ask[]>>();
  for (const ask of asksOf(timeline)) {
    const { crew, worker } = workerOf(sessionOf.get(ask.session)!);
    const workers = getOr(byCrew, crew, () => new Map<string, Ask[]>());
    getOr(workers, worker, () => []).push(ask);
  }
  const poolIndex = new Map(timeline.pools.map(({ name }, i) => [name, i]));
  const maker = new JobMaker(poolIndex, absencesAfter(timeline));
  const crews = [...byCrew.values()].map((workers) => {
    const split = filesOnSeveral(workers);
    const drafts = [...workers.values()].map((list) => draftsOf(list, split));
    const all = drafts.flat();
    const alone = all.every(({ sessions }) => sessions.size === 1);
    const sessions = new Set(all.flatMap((draft) => [...draft.sessions]));
    // The runner gives each job a process of its own, whose end is then the job's.
    const ownProcess = alone && sessions.size === all.length && sessions.size > workers.size;
    const jobs: { begin: number; first: number; job: Job }[] = [];
    for (const list of drafts) {
      let begin = timeline.from;
      for (const [i, draft] of list.entries()) {
        const next = list[i + 1]?.begin ?? Number.POSITIVE_INFINITY;
        const until = ownProcess ? sessionOf.get([...draft.sessions][0]!)!.to : undefined;
        const { job, end } = maker.job(draft, begin, next, until);
        jobs.push({ begin, first: draft.begin, job });
        begin = Math.max(begin, end);
      }
    }
    jobs.sort((a, b) => a.begin - b.begin || a.first - b.first);
    return { workers: workers.size, jobs: jobs.map(({ job }) => job) };
  });
  return {
    pools: timeline.pools.map(({ name, kind, size }) => ({ name, kind, size })),
    crews,
    ids: maker.ids,
    sinceMs: (timeline.sessions[0]?.from ?? timeline.from) - timeline.from,
  };
}

function workerOf({ session, identity }: SessionSpan): { crew: string; worker: string } {
  const { runner = '', worker } = identity;
  const own = `session ${session}`;
  return worker === undefined ? { crew: own, worker: own } : { crew: runner, worker };
}

/** How long after a lease its resource could be had again; Infinity: never. */
function absencesAfter({ absences, leases }: Timeline): (span: LeaseSpan) => number {
  const spans = new Map<string, LeaseSpan[]>();
  for (const span of leases) getOr(spans, `${span.pool}#${span.resource}`, () => []).push(span);
  const until = new Map<LeaseSpan, number>();
  const at = new Map<string, number>();
  for (const { pool, resource, state, from, to } of absences) {
    const key = `${pool}#${resource}`;
    const list = spans.get(key) ?? [];
    let i = at.get(key) ?? 0;
    while (i + 1 < list.length && list[i + 1]!.to <= from) i++;
    at.set(key, i);
    const span = list[i];
    if (!span || span.to > from) continue;
    const gone = state === 'retired' || state === 'quarantined';
    until.set(span, gone ? Number.POSITIVE_INFINITY : to - span.to);
  }
  return (span) => until.get(span) ?? 0;
}
