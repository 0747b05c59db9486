// Medians over the rounds, ratios to floor 2b of the same round, and the targets.

const us = (x) => x.toFixed(x < 100 ? 1 : 0);
const perSecond = (x) => `${us(x / 1000)}k`;
const ms = (x) => x.toFixed(1);

/** The tables: of each a heading and columns `[title, measurement, field, format, ratio?]`. */
export const tables = [
  {
    heading: 'a. One request at a time, one core',
    columns: [
      ['get p50, µs', 'get', 'p50', us, true],
      ['get p99, µs', 'get', 'p99', us, true],
      ['set p50, µs', 'get', 'setP50', us, true],
    ],
  },
  {
    heading: 'b. Many in flight, gets per second (more is better)',
    columns: [
      ['64 in flight, one core', 'in-flight', 'perSecond', perSecond, true],
      ['8 processes × 16, two cores', 'processes', 'perSecond', perSecond, true],
    ],
  },
  {
    heading: 'c. Hand-over of a lock between 8 processes, two cores',
    columns: [
      ['p50, µs', 'hand-over', 'p50', us, true],
      ['p99, µs', 'hand-over', 'p99', us, true],
      ['per grant, µs', 'hand-over', 'perGrant', us, true],
      ['max/min grants', 'hand-over', 'fairness', (x) => x.toFixed(x < 100 ? 2 : 0)],
      ['same again, %', 'hand-over', 'again', (x) => x.toFixed(1)],
    ],
  },
  {
    heading: 'd. Fresh processes, ms above an empty module',
    columns: [
      ['to the first get', 'connect', 'ms', ms, true],
      ['import of the client', 'import', 'ms', ms, true],
    ],
  },
];

const targets = [
  { title: 'get p50', measurement: 'get', field: 'p50', atMost: 1.25 },
  { title: '64 in flight, ops/s', measurement: 'in-flight', field: 'perSecond', atLeast: 1.7 },
  { title: 'hand-over p50', measurement: 'hand-over', field: 'p50', atMost: 1.25 },
  { title: 'client import, ms', measurement: 'import', field: 'ms', atMost: 6, absolute: true },
];

export function percentile(samples, p) {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))];
}

/** Of an even number, the mean of the middle two. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * `results[measurement][contender]` is `{ rounds, na }`: by round what was measured (or nothing),
 * and why it could not be.
 */
export class Report {
  #results;
  #contenders;
  #notes = [];

  constructor(results, contenders) {
    this.#results = results;
    this.#contenders = contenders;
  }

  /** The values of a field by round, those of floor 2b of the same round as the divisor if `ratio`. */
  #values(contender, measurement, field, ratio) {
    const of = (name) => this.#results[measurement][name].rounds.map((round) => round?.[field]);
    const floor = ratio && of('floor2b');
    return of(contender)
      .map((x, round) => (ratio ? x / floor[round] : x))
      .filter((x) => x !== undefined && !Number.isNaN(x));
  }

  #cell(contender, [title, measurement, field, format, ratio]) {
    const { na } = this.#results[measurement][contender];
    const values = this.#values(contender, measurement, field);
    if (na) this.#notes.push(`${contender}, ${title}: ${na}`);
    if (values.length === 0) return na ? 'n/a' : '–';
    const value = format(median(values)).replace('Infinity', '∞');
    if (!ratio) return value;
    const ratios = this.#values(contender, measurement, field, true);
    return `${ratios.length ? median(ratios).toFixed(2) : '?'} (${value})`;
  }

  #row(contender, columns) {
    const reasons = new Set(
      columns.map(([, measurement]) => this.#results[measurement][contender].na),
    );
    const [reason] = reasons;
    const before = this.#notes.length;
    const cells = columns.map((column) => this.#cell(contender, column));
    if (reasons.size > 1 || !reason || cells.some((cell) => cell !== 'n/a'))
      return [contender, ...cells];
    this.#notes.length = before;
    return [contender, `n/a: ${reason}`];
  }

  tables() {
    return tables
      .map(({ heading, columns }) => {
        this.#notes = [];
        const head = ['', ...columns.map(([title]) => title)];
        const rows = this.#contenders.map((contender) => this.#row(contender, columns));
        return `${heading}\n${aligned([head, ...rows])}${this.#notes.map((note) => `  ${note}\n`).join('')}`;
      })
      .join('\n');
  }

  targets() {
    return targets.map(({ title, measurement, field, atMost, atLeast, absolute }) => {
      const { na } = this.#results[measurement].ours ?? { na: 'not asked for' };
      const values = na ? [] : this.#values('ours', measurement, field, !absolute);
      const value = values.length ? median(values) : undefined;
      const verdict =
        value === undefined
          ? `n/a: ${na}`
          : value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? 0)
            ? 'PASS'
            : 'MISS';
      const spread = [Math.min(...values), Math.max(...values)];
      return { title, value, spread, target: { atMost, atLeast }, verdict };
    });
  }

  targetsTable() {
    const rows = this.targets().map(({ title, value, spread, target, verdict }) => [
      title,
      value?.toFixed(2) ?? '–',
      value === undefined ? '–' : spread.map((x) => x.toFixed(2)).join('–'),
      target.atMost ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`,
      verdict,
    ]);
    const head = ['', 'median', 'by round', 'target', ''];
    return `Ours to floor 2b\n${aligned([head, ...rows])}`;
  }
}

export function aligned(rows) {
  const whole = rows.filter((row) => row.length === rows[0].length);
  const widths = rows[0].map((_, i) => Math.max(...whole.map((row) => row[i].length)));
  widths[0] = Math.max(...rows.map((row) => row[0].length));
  const line = ([name, ...cells]) =>
    [name.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join('   ');
  return rows.map((row) => `  ${line(row).trimEnd()}\n`).join('');
}
