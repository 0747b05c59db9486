import { BrokerError, type ErrorCode, messageOf } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import { MAX_DETAILS_DEPTH, MAX_FAILURE } from '../protocol/limits.ts';
import { QUALIFIED_NAME } from '../protocol/names.ts';
import { failureOf } from './beside.ts';

/**
 * What code of a config or a plugin threw, as an error for the wire: its own, where it is a
 * `BrokerError` with a code such as `mail/empty`; else one that says what threw it. Never throws,
 * though anything can be thrown, also what cannot be read.
 */
export function thrownBy(
  what: string,
  error: unknown,
  other: (message: string) => BrokerError,
): BrokerError {
  try {
    if (error instanceof BrokerError) {
      // Each is read once: a getter could answer differently when it is written.
      const { code, details } = error;
      if (isOwn(code)) return own(code, messageOf(error), details);
    }
  } catch {}
  return other(failureOf(what, error));
}

const isOwn = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && QUALIFIED_NAME.test(code);

function own(code: ErrorCode, said: string, details: unknown): BrokerError {
  const message = said.slice(0, MAX_FAILURE);
  try {
    // A copy: there may be getters within, too.
    const text = jsonText(details, 'details', MAX_DETAILS_DEPTH);
    if (text.length <= MAX_FAILURE) return new BrokerError(code, message, JSON.parse(text));
  } catch {}
  // Details that no line can hold are left out.
  return new BrokerError(code, message);
}

/**
 * The JSON of what code of a config or a plugin has made.
 *
 * @param thrown what becomes of an error that reading it throws: it may have getters.
 * @throws BrokerError `not_json`, `too_large`.
 */
export function jsonBy(
  value: unknown,
  what: string,
  maxDepth: number,
  thrown: (error: unknown) => BrokerError,
): string {
  try {
    return jsonText(value, what, maxDepth);
  } catch (error) {
    throw error instanceof BrokerError ? error : thrown(error);
  }
}
