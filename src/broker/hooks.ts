import type { PoolHooks, ResolvedPool } from '../config/resolved-pool.ts';
import type { Resource } from '../core/resource.ts';
import type { Hooks, Return } from '../core/returns.ts';
import { warn } from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import { HOOK_MS } from '../protocol/limits.ts';
import { beside, failureOf } from './beside.ts';
import { portIsFree } from './ports.ts';

/**
 * Runs what a config says about its pools, beside the broker. A hook gets a copy of the value; one
 * that throws, or does not end, has failed, and harms nobody else.
 */
export class ConfigHooks implements Hooks {
  readonly #pools: ReadonlyMap<string, ResolvedPool>;
  /** Resources of which a hook was given up on, and still runs. */
  readonly #running = new Set<Resource>();
  /** Why the last hook of a resource failed, to be told when it is given up on. */
  readonly #failures = new Map<Resource, string>();

  constructor(pools: ReadonlyMap<string, ResolvedPool>) {
    this.#pools = pools;
  }

  check(resource: Resource, answer: (usable: boolean) => void): void {
    const { hosts, check } = this.#hooksOf(resource);
    this.#run('check', resource, answer, async (value, signal) => {
      if (hosts && !(await portIsFree(value as number, hosts))) return false;
      return !check || (await check(value, { signal })) !== false;
    });
  }

  reset(resource: Resource, { reason, dirty }: Return, answer: (usable: boolean) => void): void {
    const { reset } = this.#hooksOf(resource);
    this.#run('reset', resource, answer, async (value, signal) => {
      // What is retired is not reset.
      await reset!(value, { reason: reason as Exclude<typeof reason, 'retired'>, dirty, signal });
      return true;
    });
  }

  /** On stderr, where the config's author reads: it may quote what the hook itself has thrown. */
  quarantined(resource: Resource): void {
    const { pool, index } = resource;
    warn(
      `${pool.name}[${index}] is out of use for the rest of this run: its checks or resets failed ${resource.failures} times in a row, the last time since ${this.#failures.get(resource)}.`,
    );
    this.#failures.delete(resource);
  }

  #hooksOf({ pool }: Resource): PoolHooks {
    return this.#pools.get(pool.name)!.hooks;
  }

  async #run(
    name: string,
    resource: Resource,
    answer: (usable: boolean) => void,
    hook: (value: Json, signal: AbortSignal) => Promise<boolean>,
  ): Promise<void> {
    // What it does to the resource is not over: nobody else may have it, and no other hook.
    if (this.#running.has(resource)) {
      this.#failures.set(resource, 'a check or reset of it still ran, long after it was to end');
      return answer(false);
    }
    let usable = false;
    try {
      this.#running.add(resource);
      usable = await beside(HOOK_MS, async (signal) => {
        try {
          return await hook(JSON.parse(resource.text), signal);
        } finally {
          this.#running.delete(resource);
        }
      });
      if (!usable) this.#failures.set(resource, `its ${name} found it unusable`);
    } catch (error) {
      this.#failures.set(resource, failureOf(`its ${name}`, error));
    }
    answer(usable);
  }
}
