import { durationMs, formatMs } from '../protocol/duration.ts';
import { BrokerError, badOption, messageOf, quoted, warn } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import { MAX_FAILURE } from '../protocol/limits.ts';
import { checkOptions } from '../protocol/options.ts';
import type { Claim } from './claim.ts';
import { during } from './during.ts';
import { text, ttlText } from './fields.ts';
import { runInBlock } from './flow.ts';
import type { Lease } from './lease.ts';
import type { Compute, LeaseOptions, OnceOptions } from './options.ts';

/** A request for a lease was answered with what the lease would have been for. */
export class Answer {
  readonly value: unknown;
  /** Under which to make a new value, beside all who go on with this one. */
  readonly lease: Lease | undefined;

  constructor(value: unknown, lease?: Lease) {
    this.value = value;
    this.lease = lease;
  }
}

const OPTIONS = ['ttl', 'refresh', 'timeout', 'purpose', 'signal', 'onNotice'];

/** How one worker makes the value of a key for all. */
export class Computation<T> {
  /** The lease under which it is made. */
  readonly claim: Claim;
  /** How to wait for that. */
  readonly waiting: LeaseOptions;
  readonly #compute: Compute<T>;
  readonly #ttl: OnceOptions<T>['ttl'];
  readonly #maxDepth: number;
  readonly #check: (fields: string) => void;
  readonly #closing: AbortSignal;

  /**
   * @param check throws what stands in the way of a request with these fields.
   * @param closing aborts with the client.
   * @throws BrokerError `bad_option`.
   */
  constructor(
    key: string,
    compute: Compute<T>,
    options: OnceOptions<T>,
    maxDepth: number,
    check: (fields: string) => void,
    closing: AbortSignal,
  ) {
    const name = text(key, 'key');
    if (typeof compute !== 'function') throw badOption('compute', 'a function', compute);
    checkOptions(options, OPTIONS);
    const { ttl, refresh, ...waiting } = options;
    const refreshMs = refresh === undefined ? 0 : durationMs(refresh, 'refresh');
    // A function says it later; the broker knows what to do then.
    if (ttl !== undefined && ttl !== 'run' && typeof ttl !== 'function') {
      const lifeMs = durationMs(ttl, 'ttl');
      if (refreshMs >= lifeMs)
        throw badOption('refresh', `less than ttl (${formatMs(lifeMs)})`, refresh);
    }
    const ahead = refreshMs === 0 ? '' : `,"refresh":${refreshMs}`;
    this.claim = {
      what: `once ${quoted(key)}`,
      fields: `"action":"once","key":${name}${ahead}`,
    };
    this.waiting = waiting;
    this.#compute = compute;
    this.#ttl = ttl;
    this.#maxDepth = maxDepth;
    this.#check = check;
    this.#closing = closing;
  }

  /** Makes the value, and tells all. Gives what others will get, too: its JSON. */
  async run(lease: Lease<T>): Promise<T> {
    let json: string | undefined;
    let fields: string;
    try {
      const signal = AbortSignal.any([lease.signal, this.#closing]);
      const value = await this.#compute({ signal });
      json = this.#jsonOf(value);
      fields = this.#lifeField(value) + (json === undefined ? '' : `,"value":${json}`);
      this.#check(fields);
    } catch (error) {
      const why = messageOf(error).slice(0, MAX_FAILURE).toWellFormed();
      await lease.settle(`,"failed":${JSON.stringify(why)}`).catch(() => {});
      throw error;
    }
    await lease.settle(fields);
    return json === undefined ? (undefined as T) : JSON.parse(json);
  }

  /** Makes a new value beside those who go on with the old one. */
  refresh(lease: Lease<T>, block: string): void {
    // Who asked goes on: this is within the block of its own lease, and not in what encloses that.
    const done = runInBlock(block, () => during(lease, () => this.run(lease)), []);
    done.catch((error) => {
      // Whoever closed the client knows.
      if (error instanceof BrokerError && error.code === 'closed') return;
      warn(
        `${this.claim.what}: no new value was made, so the old one goes on: ${messageOf(error)}`,
      );
    });
  }

  #lifeField(value: T): string {
    const life = typeof this.#ttl === 'function' ? this.#ttl(value) : this.#ttl;
    return life === undefined ? '' : `,"ttl":${ttlText(life)}`;
  }

  #jsonOf(value: T): string | undefined {
    if (value === undefined) return undefined;
    return jsonText(value, `The result of ${this.claim.what}`, this.#maxDepth);
  }
}
