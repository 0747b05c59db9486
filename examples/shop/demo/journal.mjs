import { readFileSync } from 'node:fs';

/** @typedef {{ test: string, worker: string, waitedMs: number, heldMs: number, reason: string }} Hold */
/** @typedef {{ holds: Hold[][], overlaps: number }} Holds `holds`: by the resource's index, in order of grants. */

/**
 * Who held what, read from the journal that the broker wrote when it stopped.
 *
 * @param {string} file @param {string} pool
 * @returns {Holds}
 */
export function readHolds(file, pool) {
  const [header, ...events] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (header.journal !== 1) throw new Error(`${file} is not a journal that this demo can read.`);
  /** @type {Map<number, string>} */
  const workers = new Map();
  /** @type {Map<string, { hold: Hold, resource: number }>} Leases that have not ended yet. */
  const open = new Map();
  /** @type {Hold[][]} */
  const holds = [];
  let overlaps = 0;
  for (const event of events) {
    if (event.type === 'session') {
      workers.set(event.session, event.identity.worker ?? `pid ${event.identity.pid}`);
    } else if (event.type === 'grant' && event.resources[0].pool === pool) {
      const { session, purpose, waitedMs } = event;
      // Each test of the shop leases one account at a time.
      const [{ resource }] = event.resources;
      if ([...open.values()].some((other) => other.resource === resource)) overlaps++;
      const test = purpose.test ?? 'a test';
      const worker = workers.get(session) ?? '?';
      const hold = { test, worker, waitedMs, heldMs: 0, reason: 'still held' };
      holds[resource] = [...(holds[resource] ?? []), hold];
      open.set(event.lease, { hold, resource });
    } else if (event.type === 'end') {
      const ended = open.get(event.lease);
      if (ended) Object.assign(ended.hold, { heldMs: event.heldMs, reason: event.reason });
      open.delete(event.lease);
    }
  }
  return { holds, overlaps };
}
