import type { Happening } from '../core/journal.ts';
import { MAX_LABEL } from '../protocol/limits.ts';
import type { EndReason, Identity, Purpose } from '../protocol/messages.ts';
import type { JournalFile } from './journal-file.ts';

const POOLS = [
  { name: 'accounts', size: 5 },
  { name: 'browsers', size: 8 },
  { name: 'databases', size: 12 },
  { name: 'tenants', size: 20 },
  { name: 'ports', size: 50 },
];
const WORKERS = 12;
const FILES = 400;
const TESTS = 4_000;
const NAMES = [
  'shop > cart > buys a book with a voucher and pays by invoice',
  'checkout > "quoted" & <b>marked up</b> </script><script>alert(1)</script>',
  'البحث > يجد كتابا بالعنوان والمؤلف',
  '結帳 > 以發票付款並查看訂單狀態',
  'emoji > 👩‍👩‍👧‍👦 buys 📚 and pays 💶',
  'bidi > \u202etxt.exe\u202c is not turned round',
  `long > ${'and then another step of the very same journey '.repeat(8)}`,
  `path > ${'aVeryLongIdentifierWithoutAnySpaceInIt'.repeat(10)}`,
];
const ODD_ENDS: EndReason[] = ['expired', 'disconnected', 'revoked'];

/** A made-up journal of a run of 4,000 tests by twelve workers, with names of every kind: the same each time. */
export function largeRun(events = 50_000): JournalFile {
  const journal: JournalFile = {
    version: '1.2.3',
    shard: undefined,
    pools: POOLS,
    machine: undefined,
    sessions: [],
    events: [],
    cutOff: false,
  };
  const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);
  const tell = (ms: number, happening: Happening) =>
    journal.events.push({ ...happening, ms, at: startedAt + ms });
  const random = randomOf(7);
  const below = (n: number) => Math.floor(random() * n);
  const workers = Array.from({ length: WORKERS }, (_, i) => {
    const identity: Identity = { runner: 'vitest', worker: `${i + 1}`, pid: 4000 + i };
    tell(i * 40, { type: 'session', session: i + 1, identity });
    return { session: i + 1, readyMs: 500 + i * 40 };
  });
  const free = new Map(POOLS.map(({ name, size }) => [name, Array<number>(size).fill(0)]));
  let ticket = 0;
  for (let n = 0; journal.events.length < events; n++) {
    const worker = workers.reduce((a, b) => (b.readyMs < a.readyMs ? b : a));
    const { session } = worker;
    const test = n % TESTS;
    const purpose: Purpose = {
      file: `packages/web/tests/${'deeply/nested/'.repeat(test % 4)}feature-${test % FILES}.test.ts`,
      test: `${NAMES[test % NAMES.length]} ${test}`.slice(-MAX_LABEL),
    };
    // One thing, or two at once: the scarce ones most of all.
    const names = below(5) === 0 ? ['accounts', 'ports'] : [POOLS[below(8) % POOLS.length]!.name];
    const asked = worker.readyMs + 5 + below(40);
    const resources = names.map((pool) => {
      const lanes = free.get(pool)!;
      return { pool, resource: lanes.indexOf(Math.min(...lanes)) };
    });
    const from = Math.max(asked, ...resources.map((one) => free.get(one.pool)![one.resource]!));
    const to = from + 80 + below(900);
    ticket++;
    const lease = `${names[0]}#${ticket}`;
    const waitedMs = from - asked;
    if (waitedMs > 0) tell(asked, { type: 'wait', ticket, pools: names, session, purpose });
    tell(from, { type: 'grant', ticket, lease, resources, session, purpose, waitedMs });
    const reason = below(40) === 0 ? ODD_ENDS[below(ODD_ENDS.length)]! : 'released';
    tell(to, { type: 'end', lease, reason, heldMs: to - from });
    for (const { pool, resource } of resources) {
      const backMs = to + 20 + below(60);
      free.get(pool)![resource] = backMs;
      tell(to, { type: 'resource', pool, resource, state: 'resetting' });
      tell(backMs, { type: 'resource', pool, resource, state: 'free' });
    }
    worker.readyMs = to;
  }
  journal.events = journal.events.sort((a, b) => a.ms - b.ms).slice(0, events);
  return journal;
}

/** Numbers from 0 to below 1, by a linear congruence. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
