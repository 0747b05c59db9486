import type { ReportData, ReportLease, ReportWait } from './page/data.ts';

const REASONS = [
  'released',
  'expired',
  'disconnected',
  'revoked',
  'retired',
  'stopped',
  'held',
] as const;
const TESTS = ['buys a book', 'sells a book', 'logs in', 'changes the address', 'pays by invoice'];

/** A made-up run of so many leases by eight workers, with every end there is; every second lease waited. */
export function run(leases = 120): ReportData {
  const pools = [
    { name: 'accounts', size: 3 },
    { name: 'ports', size: 6 },
  ];
  const data: ReportData = {
    version: '1.2.3',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    fromMs: 0,
    toMs: 0,
    truncated: false,
    cutOff: false,
    pools,
    leases: [],
    waits: [],
    spans: [],
    whatIf: [],
  };
  const free = new Map(pools.map(({ name, size }) => [name, Array<number>(size).fill(0)]));
  for (let i = 0; i < leases; i++) {
    const pool = pools[i % 5 < 3 ? 0 : 1]!;
    const lanes = free.get(pool.name)!;
    const resource = lanes.indexOf(Math.min(...lanes));
    const waitedMs = i % 2 === 0 ? 0 : 150 + ((i * 37) % 900);
    const from = lanes[resource]! + 60;
    const to = from + 400 + ((i * 131) % 1700);
    lanes[resource] = to;
    const told = {
      who: { runner: 'vitest', worker: `${(i % 8) + 1}`, pid: 4000 + (i % 8) },
      test: `shop > ${TESTS[i % TESTS.length]}`,
      file: `tests/${pool.name}.test.ts`,
    };
    const reason = i % 11 === 10 ? REASONS[((i / 11) | 0) % REASONS.length]! : 'released';
    const lease: ReportLease = {
      ...told,
      token: i + 1,
      resources: [{ pool: pool.name, resource }],
      from,
      to,
      waitedMs,
      reason,
    };
    data.leases.push(lease);
    data.spans.push({ pool: pool.name, resource, state: 'resetting', from: to, to: to + 60 });
    if (waitedMs === 0) continue;
    const wait: ReportWait = {
      ...told,
      ticket: i + 1,
      pools: [pool.name],
      from: Math.max(from - waitedMs, 0),
      to: from,
      reason: i % 15 === 14 ? 'timeout' : 'granted',
    };
    data.waits.push(wait);
  }
  data.toMs = Math.max(...[...free.values()].flat()) + 60;
  return data;
}

/** The predictions of a run in which one pool was too small. */
export const WHAT_IF: ReportData['whatIf'] = [
  {
    pool: 'accounts',
    size: 3,
    predictions: [190, 171, 158, 149, 149].map((seconds, i) => ({
      size: i + 3,
      runMs: seconds * 1000,
    })),
    saves: true,
    sentence: 'accounts: 3 more would have saved about 41 s of 190 s; a 4th nothing',
  },
];
