import { badOption } from './errors.ts';

/** A time span: a number of milliseconds, or a number with a unit: `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'1d'`. */
export type Duration = number | string;

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest span that is taken: 24 days, the most that a 32-bit count of milliseconds holds. */
export const MAX_DURATION_MS = 24 * 86_400_000;

/**
 * The span in whole milliseconds, at least `minMs` and at most 24 days.
 *
 * A bare number in a string (`'5'`) is refused: its unit would be a guess.
 *
 * @throws BrokerError `bad_option`, naming `name`.
 */
export function durationMs(span: Duration, name: string, minMs = 1): number {
  const ms = typeof span === 'string' ? parse(span) : span;
  if (typeof ms !== 'number' || !(ms >= minMs && ms <= MAX_DURATION_MS)) {
    throw badOption(
      name,
      `a number of milliseconds from ${minMs} to ${MAX_DURATION_MS}, or a text such as '30s' (units: ms, s, m, h, d; no space)`,
      span,
    );
  }
  return Math.ceil(ms);
}

function parse(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  return amount && unit ? Number(amount) * UNIT_MS[unit]! : Number.NaN;
}

/** A span as people read it: `850 ms`, `3.2 s`, `4 min 10 s`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
