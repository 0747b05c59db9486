import type { JournalFile } from './journal-file.ts';
import type { ReportData, ReportLease } from './page/data.ts';
import type { Timeline } from './timeline.ts';
import type { WhatIf } from './what-if.ts';

/** What the page shows of a journal. */
export function pageData(journal: JournalFile, timeline: Timeline, foretold: WhatIf[]): ReportData {
  const leases = new Map<string, ReportLease>();
  for (const span of timeline.leases) {
    const { lease, pool, resource, identity: who, purpose, from, to, waitedMs, end, why } = span;
    const known = leases.get(lease);
    if (known) known.resources.push({ pool, resource });
    else {
      leases.set(lease, {
        ...purpose,
        token: Number(lease.slice(lease.lastIndexOf('#') + 1)),
        resources: [{ pool, resource }],
        who,
        from,
        to,
        waitedMs,
        reason: end ?? 'held',
        ...(why && { why }),
      });
    }
  }
  return {
    version: journal.version,
    startedAt: timeline.startedAt,
    fromMs: timeline.from,
    toMs: timeline.to,
    truncated: timeline.truncated,
    cutOff: journal.cutOff,
    // What is never held has no lanes.
    pools: timeline.pools.map(({ name, kind, size }) => ({
      name,
      ...(kind !== 'limit' && kind !== 'barrier' && { size }),
    })),
    leases: [...leases.values()],
    waits: timeline.waits.map(({ ticket, pools, identity: who, purpose, from, to, outcome }) => ({
      ...purpose,
      ticket,
      pools,
      who,
      from,
      to,
      reason: outcome ?? 'waiting',
    })),
    spans: timeline.absences,
    whatIf: foretold,
  };
}
