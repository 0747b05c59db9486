import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The blocks around the code that runs, innermost first. Made by the first block: most programs have none, and it costs every promise a little. */
let storage: AsyncLocalStorage<readonly string[]> | undefined;

const NONE: readonly string[] = [];

/** The blocks that enclose the code that asks, over all that it awaits; not those of branches beside it. */
export const enclosingBlocks = (): readonly string[] => storage?.getStore() ?? NONE;

/**
 * A name that no other scope of the connection has: copies of this module may share that, and tests
 * fake Math.random. What ends with a scope is held by all that is asked for within.
 */
export const newScope = (kind: string): string => `${kind}-${randomUUID()}`;

export function runInBlock<R>(block: string, run: () => R, around = enclosingBlocks()): R {
  storage ??= new AsyncLocalStorage();
  return storage.run([block, ...around], run);
}
