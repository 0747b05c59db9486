import type { Answer, Middleware } from '../config/middleware.ts';
import { isRecord } from '../config/record.ts';
import { printable } from '../protocol/errors.ts';
import { MAX_LOGGED_NAME, MAX_WANTS } from '../protocol/limits.ts';
import type { Purpose, Request } from '../protocol/messages.ts';
import { purposeField } from './fields.ts';

/** What of a request says what it is about; none of it is a value. */
const NAMES = ['action', 'key', 'pool', 'lock', 'name', 'lease'];

export interface RequestLogOptions {
  /** Gets each line, with its line break. Default: it goes to stderr. */
  write?: (line: string) => void;
}

/**
 * Middleware that writes a line of JSON for each request when it is answered: `at` (ISO 8601),
 * `session`, who asks, `action`, what it is about, `ms` from its coming to its answer, and `error`
 * where that is one. Never a value.
 *
 * ```ts
 * export default defineConfig({ middleware: [requestLog()] });
 * ```
 */
export function requestLog({
  write = (line) => process.stderr.write(line),
}: RequestLogOptions = {}): Middleware {
  return function requestLog(request, { session, identity }, next) {
    const from = performance.now();
    const entry = { session, ...identity, ...about(request) };
    const note = (answer: Answer) => {
      const ms = Math.round((performance.now() - from) * 1e3) / 1e3;
      const error = answer.ok ? {} : { error: answer.error.code };
      const line = { at: new Date().toISOString(), ...entry, ms, ...error };
      write(`${printable(JSON.stringify(line))}\n`);
    };
    const answer = next();
    if (!(answer instanceof Promise)) return note(answer);
    return answer.then(note);
  };
}

/** Only what a handler would take for a name: nobody has looked at the request so far. */
function about(request: Request): object {
  return {
    ...named(request),
    wants: isRecord(request.wants)
      ? Object.values(request.wants).slice(0, MAX_WANTS).map(named)
      : undefined,
    purpose: 'purpose' in request ? purposeOf(request) : undefined,
  };
}

const named = (given: unknown): object =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const text = Object(given)[name];
      return typeof text === 'string' ? [[name, text.slice(0, MAX_LOGGED_NAME)]] : [];
    }),
  );

function purposeOf(request: Request): Purpose | undefined {
  try {
    return purposeField(request);
  } catch {
    return undefined;
  }
}
