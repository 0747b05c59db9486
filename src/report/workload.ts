import type { Purpose } from '../protocol/messages.ts';
import type { LeaseSpan, PoolKind, Timeline } from './timeline.ts';

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
  /** From the end of the last job to the end of the run. */
  tailMs: number;
  steps: number;
}

/** Workers that take their jobs from one queue, in this order. A client of no runner is a crew of its own. */
export interface Crew {
  workers: number;
  jobs: Job[];
}

export interface Job {
  steps: Step[];
  /** Those that only the job's start comes before. */
  first: Step[];
}

export interface Step {
  id: number;
  does: 'think' | 'request' | 'granted' | 'answered' | 'release';
  /** How long after the last of those before it. */
  delayMs: number;
  /** Steps that must be done before it; 0: it follows the start of its job. */
  after: number;
  next: Step[];
  /** Of all but `think`. */
  wish: Demand | undefined;
}

/** A request, and what came of it. */
export interface Demand {
  needs: { pool: number; count: number; awayMs: number; lost: number }[];
  /** What is `granted` or `answered` by it. */
  brings: Step | undefined;
  /** It was kept beyond its job: it ends with its worker. */
  lasting: boolean;
}

interface Ask {
  ticket: number;
  from: number;
  to: number;
  session: number;
  purpose: Purpose;
  pools: string[];
  spans: LeaseSpan[];
  answered: boolean;
}

interface Draft {
  begin: number;
  unit: string;
  sessions: Set<number>;
  asks: Ask[];
}

export function workloadOf(timeline: Timeline): Workload {
  const asks = asksOf(timeline);
  const workerOf = new Map<number, { crew: string; worker: string }>();
  for (const { session, identity } of timeline.sessions) {
    const { runner = '', worker } = identity;
    const own = `session ${session}`;
    workerOf.set(
      session,
      worker === undefined ? { crew: own, worker: own } : { crew: runner, worker },
    );
  }
  const byCrew = new Map<string, Map<string, Ask[]>>();
  for (const ask of asks) {
    const { crew, worker } = workerOf.get(ask.session)!;
    const workers = getOr(byCrew, crew, () => new Map<string, Ask[]>());
    getOr(workers, worker, () => []).push(ask);
  }
  const poolIndex = new Map(timeline.pools.map(({ name }, i) => [name, i]));
  const away = absencesAfter(timeline);
  const ends = new Map(timeline.sessions.map(({ session, to }) => [session, to]));
  const maker = new StepMaker(poolIndex, away);
  let last = timeline.from;
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
        const until = ownProcess ? ends.get([...draft.sessions][0]!) : undefined;
        const { job, end } = maker.job(draft, begin, next, until);
        jobs.push({ begin, first: draft.begin, job });
        begin = Math.max(begin, end);
        last = Math.max(last, end);
      }
    }
    jobs.sort((a, b) => a.begin - b.begin || a.first - b.first);
    return { workers: workers.size, jobs: jobs.map(({ job }) => job) };
  });
  return {
    pools: timeline.pools.map(({ name, kind, size }) => ({ name, kind, size })),
    crews,
    tailMs: timeline.to - last,
    steps: maker.steps,
  };
}

function asksOf({ leases, waits }: Timeline): Ask[] {
  const asks = new Map<number, Ask>();
  for (const { ticket, from, to, session, purpose, pools, outcome } of waits) {
    const answered = outcome === 'answered';
    asks.set(ticket, { ticket, from, to, session, purpose, pools, spans: [], answered });
  }
  for (const span of leases) {
    const { ticket, from, session, purpose, pool } = span;
    const ask = getOr(asks, ticket, () => ({
      ...{ ticket, from, to: from, session, purpose, pools: [pool], spans: [], answered: false },
    }));
    ask.spans.push(span);
  }
  return [...asks.values()].sort((a, b) => a.from - b.from || a.ticket - b.ticket);
}

/** Files of which several workers had a part at the same time. */
function filesOnSeveral(workers: Map<string, Ask[]>): Set<string> {
  const stays: { file: string; worker: string; from: number; to: number }[] = [];
  for (const [worker, asks] of workers) {
    let stay: (typeof stays)[number] | undefined;
    for (const { purpose, from, to, spans } of asks) {
      const end = Math.max(to, ...spans.map((span) => span.to));
      const { file } = purpose;
      if (file === undefined) continue;
      if (stay?.file === file) stay.to = Math.max(stay.to, end);
      else {
        stay = { file, worker, from, to: end };
        stays.push(stay);
      }
    }
  }
  stays.sort((a, b) => a.from - b.from);
  const split = new Set<string>();
  const latest = new Map<string, (typeof stays)[number]>();
  for (const stay of stays) {
    const before = latest.get(stay.file);
    if (before && before.worker !== stay.worker && before.to > stay.from) split.add(stay.file);
    if (!before || stay.to > before.to) latest.set(stay.file, stay);
  }
  return split;
}

/** What one worker did, cut into jobs. */
function draftsOf(asks: Ask[], split: Set<string>): Draft[] {
  const drafts: Draft[] = [];
  for (const ask of asks) {
    const { file, test } = ask.purpose;
    let draft = drafts.at(-1);
    const unit = file !== undefined && split.has(file) ? `${file}\n${test ?? ''}` : (file ?? '');
    // What names no file is of the job that is under way, and so is what a file that is split asks for all its tests.
    const same =
      draft && (unit === draft.unit || unit === '' || (test === undefined && split.has(unit)));
    if (!draft || !same) {
      draft = { begin: ask.from, unit, sessions: new Set(), asks: [] };
      drafts.push(draft);
    }
    draft.sessions.add(ask.session);
    draft.asks.push(ask);
  }
  return drafts;
}

interface Event {
  at: number;
  test: string;
  step: Step;
  /** By how much it changes what its test has under way. */
  opens: number;
}

class StepMaker {
  steps = 0;
  readonly #pools: Map<string, number>;
  readonly #away: (span: LeaseSpan) => number;

  constructor(pools: Map<string, number>, away: (span: LeaseSpan) => number) {
    this.#pools = pools;
    this.#away = away;
  }

  /** `next`: when its worker began the next; `until`: when its process ended. */
  job(draft: Draft, begin: number, next: number, until: number | undefined) {
    const events: Event[] = [];
    for (const ask of draft.asks) events.push(...this.#eventsOf(ask, next));
    events.sort((a, b) => a.at - b.at);
    const last = Math.max(begin, events.at(-1)?.at ?? begin);
    const end = until !== undefined && until > last ? until : last;
    if (end > last) {
      const step = this.#step('think', undefined);
      events.push({ at: end, test: '', step, opens: 0 });
    }
    return { job: chain(events, begin), end };
  }

  #eventsOf({ from, to, purpose, pools, spans, answered }: Ask, next: number): Event[] {
    const test = purpose.test ?? '';
    const [span] = spans;
    if (!span && !answered) {
      // Nobody knows what would have followed a grant: it takes as long as it took.
      return [
        { at: from, test, step: this.#step('think', undefined), opens: 1 },
        { at: to, test, step: this.#step('think', undefined), opens: -1 },
      ];
    }
    const needs = new Map<number, Demand['needs'][number]>();
    for (const name of spans.length > 0 ? spans.map(({ pool }) => pool) : pools) {
      const pool = this.#pools.get(name)!;
      getOr(needs, pool, () => ({ pool, count: 0, awayMs: 0, lost: 0 })).count++;
    }
    for (const each of spans) {
      const need = needs.get(this.#pools.get(each.pool)!)!;
      const awayMs = this.#away(each);
      if (awayMs === Number.POSITIVE_INFINITY) need.lost++;
      else need.awayMs = Math.max(need.awayMs, awayMs);
    }
    const lasting = span !== undefined && (span.end === undefined || span.to > next);
    const wish: Demand = { needs: [...needs.values()], brings: undefined, lasting };
    const request = this.#step('request', wish);
    const brings = this.#step(answered ? 'answered' : 'granted', wish);
    wish.brings = brings;
    const events: Event[] = [
      { at: from, test, step: request, opens: 1 },
      { at: to, test, step: brings, opens: answered || lasting ? -1 : 0 },
    ];
    if (span && !lasting) {
      events.push({ at: span.to, test, step: this.#step('release', wish), opens: -1 });
    }
    return events;
  }

  #step(does: Step['does'], wish: Demand | undefined): Step {
    return { id: this.steps++, does, delayMs: 0, after: 0, next: [], wish };
  }
}

/**
 * What comes after what. The steps of one test follow each other; a test begins when the last one to
 * end had ended, so tests that overlapped stay side by side; and what a file has for all its tests
 * comes before those that began later, and ends after those that ended before.
 */
function chain(events: Event[], begin: number): Job {
  const first: Step[] = [];
  const open = new Map<string, { event: Event; count: number }>();
  let closed: Event | undefined;
  let ofFile: Event | undefined;
  let closedSince: Event[] = [];
  for (const event of events) {
    const { test, step, at, opens } = event;
    const own = open.get(test);
    const before = new Set<Event>();
    if (test === '') {
      if (ofFile) before.add(ofFile);
      for (const each of closedSince) before.add(each);
      closedSince = [];
      ofFile = event;
    } else if (own) before.add(own.event);
    else {
      if (closed) before.add(closed);
      if (ofFile) before.add(ofFile);
    }
    let since = begin;
    for (const each of before) {
      each.step.next.push(step);
      since = Math.max(since, each.at);
    }
    step.after = before.size;
    // A grant comes when it comes.
    step.delayMs =
      step.does === 'granted' || step.does === 'answered' ? 0 : Math.max(0, at - since);
    if (before.size === 0) first.push(step);
    if (test === '') continue;
    const count = (own?.count ?? 0) + opens;
    if (count > 0) open.set(test, { event, count });
    else {
      open.delete(test);
      closed = event;
      closedSince.push(event);
    }
  }
  return { steps: events.map(({ step }) => step), first };
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

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
