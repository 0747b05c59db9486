import type { Ask, Draft } from './drafts.ts';
import { getOr } from './get-or.ts';
import type { LeaseSpan } from './timeline.ts';

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
  demand: Demand | undefined;
}

/** A request, and what came of it. */
export interface Demand {
  needs: Need[];
  /** What is `granted` or `answered` by it. */
  brings: Step | undefined;
  /** It was kept beyond its job: it ends with its worker. */
  lasting: boolean;
}

/** So many of one pool. */
export interface Need {
  id: number;
  pool: number;
  count: number;
  /** How long after their release they could be had again. */
  delayMs: number;
  /** As many never could. */
  lost: number;
}

interface Event {
  at: number;
  test: string;
  step: Step;
  /** By how much it changes what its test has under way. */
  opens: number;
}

export class JobMaker {
  /** So many there are, of steps and needs: 0, 1, 2 … */
  ids = 0;
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
    const needs = new Map<number, Need>();
    for (const name of spans.length > 0 ? spans.map(({ pool }) => pool) : pools) {
      const pool = this.#pools.get(name)!;
      getOr(needs, pool, () => ({ id: this.ids++, pool, count: 0, delayMs: 0, lost: 0 })).count++;
    }
    for (const each of spans) {
      const need = needs.get(this.#pools.get(each.pool)!)!;
      const awayMs = this.#away(each);
      if (awayMs === Number.POSITIVE_INFINITY) need.lost++;
      else need.delayMs = Math.max(need.delayMs, awayMs);
    }
    const lasting = span !== undefined && (span.end === undefined || span.to > next);
    const demand: Demand = { needs: [...needs.values()], brings: undefined, lasting };
    const request = this.#step('request', demand);
    const brings = this.#step(answered ? 'answered' : 'granted', demand);
    demand.brings = brings;
    const events: Event[] = [
      { at: from, test, step: request, opens: 1 },
      { at: to, test, step: brings, opens: answered || lasting ? -1 : 0 },
    ];
    if (span && !lasting) {
      events.push({ at: span.to, test, step: this.#step('release', demand), opens: -1 });
    }
    return events;
  }

  #step(does: Step['does'], demand: Demand | undefined): Step {
    return { id: this.ids++, does, delayMs: 0, after: 0, next: [], demand };
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
