import { formatMs } from '../protocol/duration.ts';
import { messageOf } from '../protocol/errors.ts';
import { MAX_FAILURE } from '../protocol/limits.ts';

interface BesideOptions {
  /** Ends the wait for it as well. */
  stop?: AbortSignal;
  /** The process stays for it: somebody waits for its end, and nothing else may be left to do. */
  keepAlive?: boolean;
}

/** Work that was given up on. Known by identity, since of what else is thrown nothing can be asked. */
const late = new WeakSet<object>();

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
  { stop, keepAlive = false }: BesideOptions = {},
): Promise<T> {
  stop?.throwIfAborted();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onStop = () => abort.abort(stop!.reason);
  const givenUp = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
    timer = setTimeout(() => {
      const error = new Error(`took longer than ${formatMs(ms)}`);
      late.add(error);
      abort.abort(error);
    }, ms);
    if (!keepAlive) timer.unref();
    stop?.addEventListener('abort', onStop, { once: true });
  });
  try {
    return await Promise.race([(async () => work(abort.signal))(), givenUp]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', onStop);
  }
}

/** `its check took longer than 30 s`, or `its check failed: …`, cut where it would drown all else. Never throws. */
export const failureOf = (what: string, error: unknown): string =>
  `${what} ${late.has(error as object) ? '' : 'failed: '}${messageOf(error).slice(0, MAX_FAILURE)}`;
