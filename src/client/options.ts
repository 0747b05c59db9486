import type { Preference } from '../config/pools.ts';
import type { PoolName, PoolValue, RegisteredConfig } from '../config/register.ts';
import type { Duration } from '../protocol/duration.ts';
import type { LockMode, Notice, Purpose } from '../protocol/messages.ts';
import type { Client } from './client.ts';
import type { Lease } from './lease.ts';

/** Every call takes one; an aborted call rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface LeaseOptions extends CallOptions {
  /** How long the lease lives without a renewal (they are automatic); the pool's, the config's, or 30 s unless given. */
  ttl?: Duration | undefined;
  /** How long to wait; 0: now or never. The pool's, the config's, or 60 s unless given. */
  timeout?: Duration | undefined;
  /** Wait no longer than this, whatever `timeout` or its default is: for those who have a deadline themselves. */
  atMost?: Duration | undefined;
  /** On whose behalf, for the messages of those who wait. */
  purpose?: Purpose | undefined;
  /** Told what a wait is worth telling of, each once: that it takes long; that nothing but the end of another worker helps; that it might be a deadlock. Default: a warning of the process. */
  onNotice?: ((message: string, notice: Notice) => void) | undefined;
  /** @internal */
  scopes?: Scopes | undefined;
}

/** What encloses a request, so that the broker knows what it holds while it waits. */
export interface Scopes {
  /** Innermost first. */
  within: readonly string[];
  /** Of these, the one with which the lease ends. */
  until?: string;
  /** The lease may be released before. */
  early?: boolean;
}

/** Which resources of a pool will do. */
export interface PoolOptions {
  /**
   * Only values like this one: an object asks for its own attributes, nested ones too; a list stands
   * for any of its patterns; anything else for the very same. A list among the attributes is like what
   * one of its items is like.
   */
  where?: Pattern | undefined;
  /** Only values that are not like this one. In a test, `'previous'`: none that a failed try of the test has had. */
  not?: Pattern | undefined;
  /** How many, all or none; the value is then a list. Default: one, by itself. */
  count?: number | undefined;
  /** Which of several; default: the pool's, else `'same-worker'`. */
  prefer?: Preference | undefined;
}

export interface PoolLeaseOptions extends LeaseOptions, PoolOptions {
  /** Do not wait: nothing, in place of a lease, where none is free for which nobody else has waited. */
  ifAvailable?: boolean | undefined;
}

/** Of `withLease`, which always has a lease. */
export type WithLeaseOptions = Omit<PoolLeaseOptions, 'ifAvailable'>;

/** No other options than these: where their type is inferred, TypeScript takes more of them for a subtype. */
export type Exactly<O, Options> = O & { [Name in Exclude<keyof O, KeyOf<Options>>]: never };

/** Also of one member of a union. */
type KeyOf<Options> = Options extends object ? keyof Options : never;

/** Of each of them, what is an object has no other options than one of these has. */
export type ExactlyEach<W, Options> = W & {
  [Name in keyof W]: W[Name] extends object ? Exactly<W[Name], Options> : unknown;
};

/** What a lease holds: a list where it was said how many. */
export type Held<V, O> = O extends { count: number } ? V[] : V;

/** What `lease` gives for its options. */
export type Claimed<V, O> =
  | Lease<Held<V, O>>
  | (O extends { ifAvailable: true } ? undefined : never);

/** What values are compared with: JSON. */
// biome-ignore lint/suspicious/noExplicitAny: any JSON will do, and a type for it would refuse interfaces
export type Pattern = any;

export interface LockOptions extends LeaseOptions {
  /** Shared ones go together; an exclusive one goes alone, and is not starved by them. Default: `'exclusive'`. */
  mode?: LockMode | undefined;
}

/** What a value is made by. `signal` aborts when its result is no longer wanted: its client was closed, or another worker has to make it. */
export type Compute<T> = (context: { signal: AbortSignal }) => T | Promise<T>;

export interface OnceOptions<T = unknown> extends CallOptions {
  /** How long the result lives, or a function of it that says so; the config's `defaultTtl` or `'run'` unless given. */
  ttl?: Duration | 'run' | ((value: T) => Duration | 'run') | undefined;
  /** When less than this is left of the result's life, whoever asks next has a new one made, while all go on with the old one; of one that lives no longer than this, half its life. Less than `ttl`. Where that fails, it is tried again when half of what is left is over. Default: none, a new one is made when the old one has expired. */
  refresh?: Duration | undefined;
  /** How long to wait for another worker to make it; the config's, or 60 s unless given. */
  timeout?: Duration | undefined;
  /** On whose behalf, for the messages of those who wait. */
  purpose?: Purpose | undefined;
  /** Told what a wait is worth telling of, as those for leases are. */
  onNotice?: LeaseOptions['onNotice'];
}

/** What `leaseAll` takes by name: a pool, more about what is wanted from it, or a lock. */
export type Want<C = RegisteredConfig> =
  | PoolName<C>
  | (PoolOptions & { pool: PoolName<C> })
  | (Pick<LockOptions, 'mode'> & { lock: string });

/** What is got for each of them. */
export type Got<C, W> = {
  -readonly [Name in keyof W]: W[Name] extends { lock: string }
    ? null
    : W[Name] extends { pool: infer P extends PoolName<C>; count: number }
      ? PoolValue<C, P>[]
      : W[Name] extends { pool: infer P extends PoolName<C> } | (infer P extends PoolName<C>)
        ? PoolValue<C, P>
        : never;
};

/** Asks the broker for a lease. */
export type Ask<V> = (options: LeaseOptions) => Promise<Lease<V>>;

/** Of what is waited for and never held. */
export interface WaitOptions extends CallOptions {
  /** How long to wait; 0: now or never. The config's `waitTimeout`, or 60 s unless given. */
  timeout?: Duration | undefined;
  /** Wait no longer than this, whatever `timeout` or its default is. */
  atMost?: Duration | undefined;
}

export interface PurposefulOptions extends WaitOptions {
  /** On whose behalf, for the messages of those who wait. */
  purpose?: Purpose | undefined;
}

/** Of a wait that may take long. */
export interface NoticedOptions extends PurposefulOptions {
  /** Told once where it takes long: who is there, or when it will end. Default: a warning of the process. */
  onNotice?: LeaseOptions['onNotice'];
}

/** What bounds waits. `what`, as people say it: `barrier 'seed'`. */
export interface Bounded {
  bounded<T, O extends WaitOptions>(
    what: string,
    options: O,
    ask: (options: O) => Promise<T>,
  ): Promise<T>;
}

/** What stands between a client and its leases: it bounds their waits, and may free what is left. */
export interface Leasing extends Bounded {
  /** For a lease that whoever asked may leave to this to release. `what`, as people say it: `pool 'accounts'`. */
  take<V>(what: string, options: LeaseOptions, ask: Ask<V>): Promise<Lease<V>>;
  /** For a lease that ends with `use`, however that ends. */
  run<V, R>(what: string, options: LeaseOptions, ask: Ask<V>, use: Use<V, R>): Promise<R>;
  /** For `not: 'previous'`; none where no test asks. */
  readonly previous?: Tries | undefined;
}

/** What the tries of one test have had from each pool. */
export interface Tries {
  /** Patterns of what the former ones have had. */
  before(values: Values, pool: string): Promise<Pattern[]>;
  /** This one has got something. */
  add(values: Values, pool: string, value: unknown): Promise<void>;
}

/** Where that is kept. */
export type Values = Pick<Client, 'get' | 'set'>;

/** What is done under a lease. */
export type Use<V, R> = (lease: Lease<V>) => R | Promise<R>;
