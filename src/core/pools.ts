import { badRequest, quoted, tooLarge, tooMany, unknownPool } from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import type { Limits } from '../protocol/limits.ts';
import { Claim, type Want } from './claim.ts';
import { otherPermits } from './explain.ts';
import { type Care, ListPool, LockPool, type Pool, type PoolKind, SlotPool } from './pool.ts';

/** A pool as it is configured. */
export interface PoolDefinition extends Care {
  values: Json[];
  /** Where each value stands in the pool of which these are a part; absent where they are all of it. */
  places?: number[];
}

/** The pools that are defined, and the locks, semaphores, slot families and computations that are made by asking for them. */
export class Pools {
  readonly #limits: Limits;
  readonly #defined = new Map<string, Pool>();
  readonly #implicit = new Map<string, Pool>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  define(name: string, { values, places, ...care }: PoolDefinition): void {
    this.#defined.set(name, new ListPool(name, 'pool', values, care, places));
  }

  /** Those that are defined, in the order of their definition. */
  defined(): Pool[] {
    return [...this.#defined.values()];
  }

  /** Those that are defined, and then those that are in use. */
  all(): Pool[] {
    return [...this.#defined.values(), ...this.#implicit.values()];
  }

  /** Where those are who make the value of the key, or wait for it. */
  computation(key: string): Pool | undefined {
    return this.#implicit.get(`once:${key}`);
  }

  /** @throws BrokerError `unknown_pool`, `config_mismatch`, `too_large`, `too_many`, `bad_request`. */
  claims(wants: readonly Want[]): Claim[] {
    const claims: Claim[] = [];
    try {
      for (const want of wants) claims.push(new Claim(this.#of(want), want));
      if (claims.length === 1) return claims;
      const locks = claims.flatMap(({ pool }) => (pool instanceof LockPool ? pool : []));
      if (new Set(locks).size === locks.length) return claims;
      throw badRequest('A request asks for the same lock twice.');
    } catch (error) {
      // What was made for the others is nobody's.
      for (const { pool } of claims) this.tidy(pool);
      throw error;
    }
  }

  /** Locks, semaphores and slot families exist while somebody holds one or waits for one. */
  tidy(pool: Pool): void {
    // An outcome may act at once: by now the name may belong to a pool made since.
    if (pool.idle && this.#implicit.get(pool.name) === pool) this.#implicit.delete(pool.name);
  }

  #of(want: Want): Pool {
    const { kind, name } = want;
    if (kind === 'pool') {
      const pool = this.#defined.get(name);
      if (pool) return pool;
      throw unknownPool(name, [...this.#defined.keys()]);
    }
    const full = `${kind}:${name}`;
    const known = this.#implicit.get(full);
    if (!known) return this.#make(full, want);
    if (kind === 'semaphore' && known.resources.length !== want.permits) {
      throw otherPermits(known, want.permits!);
    }
    return known;
  }

  #make(full: string, { kind, name, permits }: Want): Pool {
    const { maxKeyBytes, maxImplicitPools } = this.#limits;
    if (Buffer.byteLength(name) > maxKeyBytes) {
      throw tooLarge(
        `The name of the ${kind} ${quoted(name)} is above maxKeyBytes (${maxKeyBytes})`,
      );
    }
    if (this.#implicit.size >= maxImplicitPools) {
      throw tooMany(
        `${this.#implicit.size} locks, semaphores and slot families are in use already`,
        'maxImplicitPools',
        this.#limits,
      );
    }
    const pool = implicit(full, kind as Exclude<PoolKind, 'pool'>, permits);
    this.#implicit.set(full, pool);
    return pool;
  }
}

function implicit(
  full: string,
  kind: Exclude<PoolKind, 'pool'>,
  permits: number | undefined,
): Pool {
  switch (kind) {
    case 'lock':
    case 'once':
      return new LockPool(full, kind);
    case 'slot':
      return new SlotPool(full);
    case 'semaphore':
      return new ListPool(full, kind, Array(permits).fill(null));
  }
}
