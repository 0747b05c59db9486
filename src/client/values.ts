import type { Duration } from '../protocol/duration.ts';
import { badOption } from '../protocol/errors.ts';
import { type Json, jsonText } from '../protocol/json.ts';
import type { Reply } from '../protocol/messages.ts';
import { Caller } from './caller.ts';
import { text, ttlText, wallMs, whole } from './fields.ts';
import type { Lease } from './lease.ts';
import type { CallOptions } from './options.ts';

export interface SetOptions extends CallOptions {
  /** How long the value lives; `'run'`: as long as the broker. Needed unless `expiresAt` or the config's `defaultTtl` is there. */
  ttl?: Duration | 'run' | undefined;
  /** When it ends, by the wall clock: milliseconds since 1970, or a Date. In place of `ttl`. */
  expiresAt?: number | Date | undefined;
  /** Only if the key is not set; otherwise `exists`. */
  ifAbsent?: boolean | undefined;
  /** Only if the key still has this version (0: is not set); otherwise `version_mismatch`. */
  ifVersion?: number | undefined;
  /** Only while this lease is held; otherwise `lease_lost`: who has lost it writes over nothing of the next holder's. */
  lease?: Lease | undefined;
}

export interface IncrOptions extends CallOptions {
  /** What to add, 1 unless given; may be negative. */
  by?: number | undefined;
  /** How long a new number lives; one that is there keeps its time. The config's `defaultTtl` or `'run'` unless given. */
  ttl?: Duration | 'run' | undefined;
}

export interface ListOptions extends CallOptions {
  /** Only keys that begin with this. */
  prefix?: string | undefined;
}

/** A value with what is known of it. */
export interface ValueEntry<T = Json> {
  value: T;
  /** Rises with every write. */
  version: number;
  /** By the wall clock, milliseconds since 1970; undefined for one that lives as long as the broker. */
  expiresAt: number | undefined;
}

/** A key and its times, without its value. */
export type KeyEntry = Omit<ValueEntry, 'value'> & { key: string };

/** The values of a broker, as its user sees them. */
export abstract class Values extends Caller {
  /** The value under a key, or undefined if there is none or it has expired. */
  // biome-ignore lint/suspicious/noExplicitAny: what a key holds is for its user to say
  get<T = any>(key: string, options?: CallOptions): Promise<T | undefined> {
    return this.request(
      () => `"action":"get","key":${text(key, 'key')}`,
      valueIn<T>,
      options,
      ABSENT,
    );
  }

  /** The value with its version and time of expiry. */
  // biome-ignore lint/suspicious/noExplicitAny: what a key holds is for its user to say
  getEntry<T = any>(key: string, options?: CallOptions): Promise<ValueEntry<T> | undefined> {
    return this.request(
      () => `"action":"get","key":${text(key, 'key')},"entry":true`,
      (reply) => ({ value: reply.value as T, ...timesOf(reply as unknown as Times) }),
      options,
      ABSENT,
    );
  }

  /**
   * Puts a value, which must be JSON, and returns its version.
   *
   * @throws BrokerError `not_json`, `too_large`, `ttl_required`, `exists`, `version_mismatch`,
   * `lease_lost`, `store_full`.
   */
  async set(key: string, value: unknown, options: SetOptions = {}): Promise<number> {
    const { limits } = this.link.welcome;
    const fields = [`"action":"set","key":${text(key, 'key')}`];
    if (options.ttl !== undefined && options.expiresAt !== undefined) {
      throw badOption('ttl', 'either ttl or expiresAt', options.ttl);
    }
    if (options.ttl !== undefined) fields.push(`"ttl":${ttlText(options.ttl)}`);
    if (options.expiresAt !== undefined) fields.push(`"expiresAt":${wallMs(options.expiresAt)}`);
    if (options.ifAbsent) fields.push('"ifAbsent":true');
    if (options.ifVersion !== undefined) {
      fields.push(`"ifVersion":${whole(options.ifVersion, 'ifVersion')}`);
    }
    if (options.lease !== undefined) fields.push(`"lease":${text(options.lease.id, 'lease.id')}`);
    fields.push(`"value":${jsonText(value, `The value for '${key}'`, limits.maxDepth)}`);
    return this.request(
      () => fields.join(),
      (reply) => reply.version as number,
      options,
    );
  }

  /** Removes a value; whether it was there. */
  del(key: string, options?: CallOptions): Promise<boolean> {
    return this.request(
      () => `"action":"del","key":${text(key, 'key')}`,
      valueIn<boolean>,
      options,
    );
  }

  /** Gives a value a new time to live, from now; whether it was there. */
  async touch(key: string, ttl: Duration | 'run', options?: CallOptions): Promise<boolean> {
    return this.request(
      () => `"action":"touch","key":${text(key, 'key')},"ttl":${ttlText(ttl)}`,
      valueIn<boolean>,
      options,
    );
  }

  /**
   * Adds to a number, which counts as 0 where there is none, and returns the sum: unique numbers for all workers.
   *
   * @throws BrokerError `wrong_type`, `store_full`.
   */
  async incr(key: string, options: IncrOptions = {}): Promise<number> {
    const { by = 1, ttl } = options;
    if (!Number.isFinite(by)) throw badOption('by', 'a finite number', by);
    return this.request(
      () =>
        `"action":"incr","key":${text(key, 'key')},"by":${by}${ttl === undefined ? '' : `,"ttl":${ttlText(ttl)}`}`,
      valueIn<number>,
      options,
    );
  }

  /** The keys that are set, in order, with their times; never their values. */
  async list(options: ListOptions = {}): Promise<KeyEntry[]> {
    const keys: KeyEntry[] = [];
    const prefix = text(options.prefix ?? '', 'prefix');
    for (let after: string | undefined; ; ) {
      const from = after === undefined ? '' : `,"after":${JSON.stringify(after)}`;
      const page = await this.request(
        () => `"action":"list","prefix":${prefix}${from}`,
        (reply) => reply as unknown as { keys: (Times & { key: string })[]; more: boolean },
        options,
      );
      for (const entry of page.keys) keys.push({ key: entry.key, ...timesOf(entry) });
      if (!page.more) return keys;
      after = keys.at(-1)!.key;
    }
  }
}

interface Times {
  version: number;
  /** What is left of its life; absent for one that lives as long as the broker. */
  ttlMs?: number;
}

const timesOf = ({ version, ttlMs }: Times) => ({
  version,
  expiresAt: ttlMs === undefined ? undefined : Date.now() + ttlMs,
});

const valueIn = <T>(reply: Reply): T => reply.value as T;

/** What a missing value is to those who read it. */
const ABSENT = { value: undefined };
