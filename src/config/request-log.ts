import type { Answer, Middleware } from './middleware.ts';

/** What of a request says what it is about; none of it is a value. */
const NAMES = ['key', 'pool', 'name', 'lease', 'purpose'];

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
    const about = Object.fromEntries(
      NAMES.flatMap((name) => (name in request ? [[name, request[name]]] : [])),
    );
    const entry = { session, ...identity, action: request.action, ...about };
    const note = (answer: Answer) => {
      const ms = Math.round((performance.now() - from) * 1e3) / 1e3;
      const error = answer.ok ? {} : { error: answer.error.code };
      write(`${JSON.stringify({ at: new Date().toISOString(), ...entry, ms, ...error })}\n`);
    };
    const answer = next();
    if (!(answer instanceof Promise)) return note(answer);
    return answer.then(note);
  };
}
