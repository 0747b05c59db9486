/** An event, as a line of the broker's journal has it. */
export interface JournalEvent {
  type: string;
  lease?: string;
  reason?: string;
  /** Of a grant. */
  resources?: { pool: string; resource: number }[];
  waitedMs?: number;
  /** Of the end of a lease. */
  why?: string;
  /** Of a resource on its way back, or out of use. */
  state?: string;
  pool?: string;
  resource?: number;
  purpose?: { file?: string; test?: string };
}

/** How many were held at the fullest moment. */
export function peak(journal: JournalEvent[]): number {
  let held = 0;
  let most = 0;
  for (const { type } of journal) {
    if (type === 'grant') most = Math.max(most, ++held);
    if (type === 'end') held--;
  }
  return most;
}

/** For what reasons the leases of each pool ended, in order. */
export function endsByPool(journal: JournalEvent[]): Map<string, string[]> {
  const ends = new Map<string, string[]>();
  const pools = new Map<string, string>();
  for (const event of journal) {
    if (event.type === 'grant') pools.set(event.lease!, event.resources![0]!.pool);
    if (event.type !== 'end') continue;
    const pool = pools.get(event.lease!)!;
    ends.set(pool, [...(ends.get(pool) ?? []), event.reason!]);
  }
  return ends;
}
