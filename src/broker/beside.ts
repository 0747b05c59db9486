import { formatMs } from '../protocol/duration.ts';
import { BrokerError, messageOf } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import { MAX_FAILURE } from '../protocol/limits.ts';

/** What ran beside the broker was given up on. */
class Late extends Error {}

/**
 * Runs what a config or a plugin says beside the broker, for `ms` at most. Its failure is the
 * caller's to tell, and harms nobody else.
 *
 * @param work gets a signal that aborts when it has taken too long, or with `stop`.
 * @throws what `work` throws, or `stop` was aborted with; an Error where it takes too long.
 */
export async function beside<T>(
  ms: number,
  work: (signal: AbortSignal) => T | Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  stop?.throwIfAborted();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => abort.abort(stop!.reason);
  const givenUp = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
    timer = setTimeout(() => abort.abort(new Late(`took longer than ${formatMs(ms)}`)), ms).unref();
    stop?.addEventListener('abort', onStop, { once: true });
  });
  try {
    return await Promise.race([(async () => work(abort.signal))(), givenUp]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', onStop);
  }
}

/** `its check took longer than 30 s`, or `its check failed: …`. */
export const failureOf = (what: string, error: unknown): string =>
  `${what} ${error instanceof Late ? '' : 'failed: '}${messageOf(error)}`;

/**
 * What code of a config or a plugin threw, as an error for the wire: its own, where it is a
 * `BrokerError` with a code such as `mail/empty`; else one that says what threw it.
 */
export function thrownBy(
  what: string,
  error: unknown,
  other: (message: string) => BrokerError,
): BrokerError {
  const { code, details } = Object(error) as Partial<BrokerError>;
  if (!(error instanceof BrokerError) || !CODE.test(String(code))) {
    return other(failureOf(what, error).slice(0, MAX_FAILURE));
  }
  const message = messageOf(error).slice(0, MAX_FAILURE);
  try {
    if (jsonText(details, 'details', MAX_DETAILS_DEPTH).length <= MAX_FAILURE)
      return new BrokerError(code!, message, details);
  } catch {}
  // Details that no line can hold are left out.
  return new BrokerError(code!, message);
}

const CODE = /^[\w@.-]{1,100}\/[\w.-]{1,100}$/;
const MAX_DETAILS_DEPTH = 8;
