import type { Purpose } from '../protocol/messages.ts';
import { getOr } from './get-or.ts';
import type { LeaseSpan, Timeline } from './timeline.ts';

export interface Ask {
  ticket: number;
  from: number;
  to: number;
  session: number;
  purpose: Purpose;
  pools: string[];
  spans: LeaseSpan[];
  answered: boolean;
}

export interface Draft {
  begin: number;
  unit: string;
  sessions: Set<number>;
  asks: Ask[];
}

export function asksOf({ leases, waits }: Timeline): Ask[] {
  const asks = new Map<number, Ask>();
  for (const { ticket, from, to, session, purpose, pools, outcome } of waits) {
    const answered = outcome === 'answered';
    asks.set(ticket, { ticket, from, to, session, purpose, pools, spans: [], answered });
  }
  for (const span of leases) {
    const { ticket, from, session, purpose, pool } = span;
    const spans: LeaseSpan[] = [];
    const atOnce = { ticket, from, to: from, session, purpose, pools: [pool], spans };
    getOr(asks, ticket, () => ({ ...atOnce, answered: false })).spans.push(span);
  }
  return [...asks.values()].sort((a, b) => a.from - b.from || a.ticket - b.ticket);
}

/** Files of which several workers had a part at the same time. */
export function filesOnSeveral(workers: Map<string, Ask[]>): Set<string> {
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
export function draftsOf(asks: Ask[], split: Set<string>): Draft[] {
  const drafts: Draft[] = [];
  for (const ask of asks) {
    const { file, test } = ask.purpose;
    let draft = drafts.at(-1);
    const unit = file !== undefined && split.has(file) ? `${file}\n${test ?? ''}` : (file ?? '');
    // What names no file is of the job that is under way, and so is what a file that is split asks for all its tests.
    const same =
      draft &&
      (unit === draft.unit ||
        file === undefined ||
        (test === undefined && draft.unit.startsWith(`${file}\n`)));
    if (!draft || !same) {
      draft = { begin: ask.from, unit, sessions: new Set(), asks: [] };
      drafts.push(draft);
    }
    draft.sessions.add(ask.session);
    draft.asks.push(ask);
  }
  return drafts;
}
