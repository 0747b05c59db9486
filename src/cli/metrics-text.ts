import type { PoolStatus, Status } from '../protocol/status.ts';

/** The status in the text format of Prometheus, version 0.0.4. */
export function metricsText({ pools, limits, barriers, totals }: Status): string {
  const free = ({ size, held, returning, lost }: PoolStatus) => size - held - returning - lost;
  const resources = pools.flatMap((pool) => [
    sample('pool_resources', { pool: pool.name, state: 'free' }, free(pool)),
    ...(['held', 'returning', 'lost'] as const).map((state) =>
      sample('pool_resources', { pool: pool.name, state }, pool[state]),
    ),
  ]);
  const waiting = pools.map(({ name, waiting }) => sample('pool_waiting', { pool: name }, waiting));
  const passes = limits.map(({ name, waiting }) =>
    sample('limit_waiting', { limit: name }, waiting),
  );
  const arrived = barriers.map(({ name, arrived }) =>
    sample('barrier_arrived', { barrier: name }, arrived),
  );
  return [
    ...family('pool_resources', 'Resources of a pool, by state.', resources),
    ...family('pool_waiting', 'Requests that wait for some of a pool.', waiting),
    ...family('limit_waiting', 'Passes of a rate limit that are yet to come.', passes),
    ...family('barrier_arrived', 'Parties that wait at a barrier.', arrived),
    ...family('leases', 'Leases held.', [sample('leases', {}, totals.leases)]),
    ...family(
      'waiters',
      'Requests that wait for leases, at barriers, or for passes of rate limits.',
      [sample('waiters', {}, totals.waiters)],
    ),
    ...family('values', 'Values in the store.', [sample('values', {}, totals.keys)]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const PREFIX = 'ephemeral_broker_';

const family = (name: string, help: string, samples: string[]): string[] =>
  samples.length === 0
    ? []
    : [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} gauge`, ...samples];

function sample(name: string, labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${PREFIX}${name}${pairs.length === 0 ? '' : `{${pairs.join()}}`} ${value}`;
}

/** As the format has it. Names come from tests: a quote or a line break in one would begin a sample of its own. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    // Further control characters mean nothing to the format, but something to a terminal.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�');
