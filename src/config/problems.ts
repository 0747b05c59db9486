import { type Duration, durationMs } from '../protocol/duration.ts';
import { BrokerError, didYouMean, quoted } from '../protocol/errors.ts';
import { foundKind } from './record.ts';
import { SHARDINGS } from './shard.ts';

/** How many are told; who has more has usually made one mistake many times. */
const MAX_TOLD = 10;

/** `bad_config`; `source` is the file, or what stands for it. */
export function badConfig(source: string, problem: string, cause?: unknown): BrokerError {
  const error = new BrokerError('bad_config', `${source} ${problem}`, { source });
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause });
  return error;
}

/** The head of what a config's code threw. JSON.parse quotes its text, which may hold passwords: that is cut off. */
export function summary(error: unknown): string {
  if (!(error instanceof Error)) return 'it threw something that is no error.';
  const told = error.message.replace(/, (\.\.\.)?".* is not valid JSON$/s, ' in JSON');
  return `${error.name}: ${told.split('\n').slice(0, 3).join(' ').slice(0, 500)}`;
}

/**
 * What is wrong with one config, to be told together: where, what was expected, and what kind of
 * thing was found. Never a value: it may be a password.
 */
export class Problems {
  readonly #found: { path: string; problem: string }[] = [];

  add(path: string, problem: string): void {
    this.#found.push({ path, problem: `${path}: ${problem}` });
  }

  expected(path: string, expected: string, given: unknown): void {
    this.add(path, `expected ${expected}, got ${foundKind(given)}.`);
  }

  /** Its members; none where it is none. */
  list(path: string, given: unknown): unknown[] {
    if (given === undefined) return [];
    if (Array.isArray(given)) return given;
    this.expected(path, 'a list', given);
    return [];
  }

  unknownKeys(path: string, given: object, known: readonly string[]): void {
    for (const key of Object.keys(given)) {
      if (known.includes(key)) continue;
      const remedy = didYouMean(key, known, `There are: ${known.join(', ')}.`);
      this.add(within(path, key), `there is no such option.${remedy}`);
    }
  }

  /** The span in milliseconds, or `absent` where none is given or it is no span. */
  durationMs<Absent>(path: string, span: unknown, absent: Absent, minMs = 1): number | Absent {
    if (span === undefined) return absent;
    try {
      return durationMs(span as Duration, path, minMs);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#found.push({ path, problem: error.message });
      return absent;
    }
  }

  /** Whether shards split it; `absent` where that is not said. */
  split(path: string, sharding: unknown, absent: boolean): boolean {
    if (sharding === undefined) return absent;
    if (!SHARDINGS.includes(sharding)) this.expected(path, "'split' or 'whole'", sharding);
    return sharding === 'split';
  }

  /** @throws BrokerError `bad_config`, if anything was found. */
  throwIfAny(source: string): void {
    const count = this.#found.length;
    if (count === 0) return;
    const told = this.#found.slice(0, MAX_TOLD);
    const lines = told.map(({ problem }) => problem);
    if (count > MAX_TOLD) lines.push(`… and ${count - MAX_TOLD} more.`);
    throw new BrokerError(
      'bad_config',
      count === 1
        ? `${source}: ${lines[0]}`
        : `${source} has ${count} problems:\n  ${lines.join('\n  ')}`,
      { source, problems: told },
    );
  }
}

/** The path of an entry, as code would name it. */
export function within(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$-]{0,79}$/u.test(key)) return `${path}[${quoted(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
