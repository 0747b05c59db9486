import type { PoolName, PoolValue, RegisteredConfig } from '../config/register.ts';
import { BrokerError, badOption, closed } from '../protocol/errors.ts';
import type { PoolStatus, Status } from '../protocol/status.ts';
import {
  type Claim,
  claimOfAll,
  lockClaim,
  poolClaim,
  semaphoreClaim,
  slotClaim,
  type Unlike,
} from './claim.ts';
import { during } from './during.ts';
import { Extended } from './extended.ts';
import { text, whyText } from './fields.ts';
import { newScope, runInBlock } from './flow.ts';
import { Grants } from './grants.ts';
import type { Lease } from './lease.ts';
import type { Link } from './link.ts';
import { Answer, Computation } from './once.ts';
import type {
  Ask,
  CallOptions,
  Claimed,
  Compute,
  Exactly,
  ExactlyEach,
  Got,
  Held,
  LeaseOptions,
  Leasing,
  LockOptions,
  OnceOptions,
  PoolLeaseOptions,
  Scopes,
  Tries,
  Use,
  Want,
  WithLeaseOptions,
} from './options.ts';
import { traced } from './traced.ts';

const AT_WILL: Leasing = {
  take: (_, options, ask) => ask(options),
  run: async (_, options, ask, use) => during(await ask(options), use),
  bounded: (_, options, ask) => ask(options),
};

/**
 * A broker as its user sees it. Made by `connect()`.
 *
 * Every method rejects with a `BrokerError`: `closed` after `close()`, `broker_gone` when the broker
 * has ended, `broker_unresponsive` when it has not answered for long, `bad_option` for a wrong
 * argument, and those that it names itself.
 */
export class Client<C = RegisteredConfig> extends Extended<C> {
  readonly #leasing: Leasing;
  readonly #grants: Grants;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(link: Link, leasing = AT_WILL) {
    super(link);
    this.#leasing = leasing;
    this.#grants = new Grants(link, (fields, options, pick) => this.ask(fields, options, pick));
  }

  protected get bounds(): Leasing {
    return this.#leasing;
  }

  /** This client's connection, as one test sees it. It must not be used longer than this client. @internal */
  within(leasing: Leasing): Client<C> {
    return new Client({ ...this.link, leave: () => {} }, leasing);
  }

  /**
   * Claims a resource of a pool, in the order of asking, waiting while all are taken.
   *
   * It is yours until you release it, this client closes, or this process ends.
   *
   * @throws BrokerError `unknown_pool`, `unsatisfiable`, `deadlock`, `wait_timeout` (with who holds
   * what), `stopping`, `too_many`.
   */
  async lease<N extends PoolName<C>, const O extends PoolLeaseOptions = PoolLeaseOptions>(
    pool: N,
    options?: Exactly<O, PoolLeaseOptions>,
  ): Promise<Claimed<PoolValue<C, N>, O>> {
    const { ifAvailable, ...rest }: PoolLeaseOptions = options ?? {};
    const claim = poolClaim(pool, options);
    if (ifAvailable) rest.timeout = 0;
    const asked = this.#leasing.take(...this.#asking<Held<PoolValue<C, N>, O>>(claim, rest));
    return (await (ifAvailable ? orNone(asked) : asked)) as Claimed<PoolValue<C, N>, O>;
  }

  /** Runs `use` with a leased resource, and releases it however that ends. */
  async withLease<N extends PoolName<C>, R, const O extends WithLeaseOptions = WithLeaseOptions>(
    pool: N,
    use: (
      value: Held<PoolValue<C, N>, O>,
      lease: Lease<Held<PoolValue<C, N>, O>>,
    ) => R | Promise<R>,
    options?: Exactly<O, WithLeaseOptions>,
  ): Promise<R> {
    return await this.#run<Held<PoolValue<C, N>, O>, R>(
      poolClaim(pool, options),
      options,
      (lease) => use(lease.value, lease),
    );
  }

  /**
   * Claims resources of several pools, and locks, all of them at once: who asks so never waits with
   * some for the others.
   *
   * ```ts
   * const lease = await client.leaseAll({
   *   admin: { pool: 'accounts', where: { role: 'admin' } },
   *   port: 'ports',
   *   schema: { lock: 'migrations', mode: 'shared' },
   * });
   * lease.value.admin; // and .port; .schema is null
   * ```
   *
   * @throws BrokerError as `lease`.
   */
  async leaseAll<const W extends Record<string, Want<C>>>(
    wants: ExactlyEach<W, Want<C>>,
    options?: LeaseOptions,
  ): Promise<Lease<Got<C, W>>> {
    return await this.#leasing.take(
      ...this.#asking<Got<C, W>>(claimOfAll(wants, options), options),
    );
  }

  /** Runs `use` with all that was leased, and releases it however that ends. */
  async withLeaseAll<const W extends Record<string, Want<C>>, R>(
    wants: ExactlyEach<W, Want<C>>,
    use: (values: Got<C, W>, lease: Lease<Got<C, W>>) => R | Promise<R>,
    options?: LeaseOptions,
  ): Promise<R> {
    return await this.#run<Got<C, W>, R>(claimOfAll(wants, options), options, (lease) =>
      use(lease.value, lease),
    );
  }

  /** Claims a lock of any name; waits while somebody else has it, unless both share it. */
  async lock(name: string, options?: LockOptions): Promise<Lease<null>> {
    return await this.#leasing.take(...this.#asking<null>(lockClaim(name, options), options));
  }

  /** Runs `use` under a lock, and releases it however that ends. */
  async withLock<R>(
    name: string,
    use: (lease: Lease<null>) => R | Promise<R>,
    options?: LockOptions,
  ): Promise<R> {
    return await this.#run(lockClaim(name, options), options, use);
  }

  /**
   * Claims one of `permits` under a name: so many work at once.
   *
   * @throws BrokerError as `lease`; `config_mismatch` where others use that name with another number.
   */
  async semaphore(name: string, permits: number, options?: LeaseOptions): Promise<Lease<null>> {
    const claim = semaphoreClaim(name, permits, options);
    return await this.#leasing.take(...this.#asking<null>(claim, options));
  }

  /** Runs `use` under a permit, and releases it however that ends. */
  async withSemaphore<R>(
    name: string,
    permits: number,
    use: (lease: Lease<null>) => R | Promise<R>,
    options?: LeaseOptions,
  ): Promise<R> {
    return await this.#run(semaphoreClaim(name, permits, options), options, use);
  }

  /** Claims the smallest whole number, from 0, that nobody holds under this name. Never waits. */
  async slot(name: string, options?: Omit<LeaseOptions, 'timeout'>): Promise<Lease<number>> {
    return await this.#leasing.take(...this.#asking<number>(slotClaim(name, options), options));
  }

  /**
   * The value under a key; where there is none, `compute` makes it, once for all workers: who asks
   * meanwhile waits for it. Where the worker that makes it dies, the next one takes over; where it
   * fails, all who waited are told, and whoever asks later tries again.
   *
   * ```ts
   * const session = await client.once('login:ada', () => logIn('ada'), { ttl: '10m' });
   * ```
   *
   * It is a value as `set` makes it: `get` finds it, `del` has it made anew. It must be JSON, or
   * `undefined`. `once` of other keys may be nested; a cycle of them is a `deadlock`.
   *
   * @throws what `compute` throws, to who called it; BrokerError `once_failed` to the others,
   * `not_json`, `too_large`, `store_full`, `wait_timeout` (with who makes it), `deadlock`,
   * `lease_lost` where this worker stood still for so long that another has taken over.
   */
  async once<T>(key: string, compute: Compute<T>, options: OnceOptions<T> = {}): Promise<T> {
    const { maxDepth } = this.link.welcome.limits;
    const check = (fields: string) => this.check(fields, undefined);
    const { signal } = this.#closed;
    const computation = new Computation(key, compute, options, maxDepth, check, signal);
    const block = newScope('block');
    try {
      const run = (lease: Lease<T>) => computation.run(lease);
      return await this.#run<T, T>(computation.claim, computation.waiting, run, block);
    } catch (answer) {
      if (!(answer instanceof Answer)) throw answer;
      if (answer.lease) computation.refresh(answer.lease as Lease<T>, block);
      return answer.value as T;
    }
  }

  /**
   * Takes a lease from its holder, whoever that is; the holder is told.
   *
   * @param why for the journal: no value, no secret.
   * @throws BrokerError `not_found`, `lease_lost`.
   */
  async revoke(lease: string, why?: string, options?: CallOptions): Promise<void> {
    await this.request(
      () => `"action":"revoke","lease":${text(lease, 'lease')}${whyText(why)}`,
      () => {},
      options,
    );
  }

  /** The pools of the config, and how they stand. */
  pools(options?: CallOptions): Promise<PoolStatus[]> {
    return this.request(
      () => '"action":"pools"',
      (reply) => reply.pools as unknown as PoolStatus[],
      options,
    );
  }

  /** How the broker stands: who holds what, and who waits for it. Lists have 500 entries at most. */
  status(options?: CallOptions): Promise<Status> {
    return this.request(
      () => '"action":"status"',
      (reply) => reply as unknown as Status,
      options,
    );
  }

  /** Of the config that the broker was started with; two alike are equal. @internal */
  get config(): string {
    return this.link.welcome.config;
  }

  /** Releases what was leased through this client, and ends its waits. Other clients in this process go on. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.refuse();
    this.#closed.abort(closed());
    await this.#grants.end();
    this.link.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What `Leasing` is told of a claim. */
  #asking<V>({ what, fields, unlike }: Claim, options: LeaseOptions = {}) {
    const { previous } = this.#leasing;
    if (unlike && !previous) {
      throw badOption('not', "a pattern ('previous' is for what ends with a test)", 'previous');
    }
    const ask: Ask<V> = (bounded) =>
      traced(() =>
        unlike && previous
          ? this.#acquireUnlike(unlike, previous, bounded)
          : this.#grants.acquire<V>(fields, bounded),
      );
    return [what, options, ask] as const;
  }

  /** Claims what no former try of the test has had, and tells its further tries. */
  async #acquireUnlike<V>(
    unlike: Unlike,
    previous: Tries,
    options: LeaseOptions,
  ): Promise<Lease<V>> {
    const { pools } = unlike;
    const had = await Promise.all(pools.map((pool) => previous.before(this, pool)));
    const patterns = had.map((each) => (each.length > 0 ? each : undefined));
    let lease: Lease<V>;
    try {
      lease = await this.#grants.acquire(unlike.but(patterns).fields, options);
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'unsatisfiable' && had.flat().length > 0) {
        error.message += `\nWith not: 'previous', what former tries of this test have had is left out.`;
      }
      throw error;
    }
    try {
      const got = unlike.got(lease.value);
      await Promise.all(pools.map((pool, i) => previous.add(this, pool, got[i])));
      return lease;
    } catch (error) {
      await lease.release().catch(() => {});
      throw error;
    }
  }

  /** Under a lease that ends with a block: what is asked for within holds it. */
  async #run<V, R>(
    claim: Claim,
    options: LeaseOptions = {},
    use: Use<V, R>,
    block = newScope('block'),
  ): Promise<R> {
    if (typeof use !== 'function') throw badOption('use', 'a function', use);
    const scopes: Scopes = { within: [block, ...(options.scopes?.within ?? [])], until: block };
    const [what, , ask] = this.#asking<V>(claim);
    return await this.#leasing.run(what, { ...options, scopes }, ask, (lease) =>
      runInBlock(block, () => use(lease)),
    );
  }
}

/** Nothing where the request found nothing free. */
async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Partial<BrokerError>).code === 'wait_timeout') return undefined;
    throw error;
  }
}
