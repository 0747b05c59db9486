import { AsyncLocalStorage } from 'node:async_hooks';

/** The blocks around the code that runs, innermost first. Made by the first block: most programs have none, and it costs every promise a little. */
let storage: AsyncLocalStorage<readonly string[]> | undefined;
let blocks = 0;

const NONE: readonly string[] = [];

/** The blocks that enclose the code that asks, over all that it awaits; not those of branches beside it. */
export const enclosingBlocks = (): readonly string[] => storage?.getStore() ?? NONE;

/** The name of a new block: a lease that ends with it is held by all that is asked for within. */
export const newBlock = (): string => `block-${++blocks}`;

export function runInBlock<R>(block: string, run: () => R): R {
  storage ??= new AsyncLocalStorage();
  return storage.run([block, ...enclosingBlocks()], run);
}
