import { durationMs } from '../protocol/duration.ts';
import { badOption, messageOf, quoted } from '../protocol/errors.ts';
import { jsonText } from '../protocol/json.ts';
import type { Claim } from './claim.ts';
import { during } from './during.ts';
import { checkOptions, text, ttlText } from './fields.ts';
import { newScope, runInBlock } from './flow.ts';
import type { Lease } from './lease.ts';
import type { Compute, LeaseOptions, OnceOptions } from './options.ts';

/** A request for a lease was answered with what the lease would have been for. */
export class Answer {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
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

  /**
   * @param check throws what stands in the way of a request with these fields.
   * @throws BrokerError `bad_option`.
   */
  constructor(
    key: string,
    compute: Compute<T>,
    options: OnceOptions<T>,
    maxDepth: number,
    check: (fields: string) => void,
  ) {
    const name = text(key, 'key');
    if (typeof compute !== 'function') throw badOption('compute', 'a function', compute);
    checkOptions(options, OPTIONS);
    const { ttl, refresh, ...waiting } = options;
    if (ttl !== undefined && typeof ttl !== 'function') ttlText(ttl);
    const ahead = refresh === undefined ? '' : `,"refresh":${durationMs(refresh, 'refresh')}`;
    this.claim = {
      what: `once ${quoted(key)}`,
      fields: `"action":"once","key":${name}${ahead}`,
    };
    this.waiting = waiting;
    this.#compute = compute;
    this.#ttl = ttl;
    this.#maxDepth = maxDepth;
    this.#check = check;
  }

  /** Makes the value, and tells all. Gives what others will get, too: its JSON. */
  async run(lease: Lease<T>): Promise<T> {
    let fields: string;
    let value: T;
    try {
      value = await this.#compute({ signal: lease.signal });
      fields = this.#resultFields(value);
      this.#check(fields);
    } catch (error) {
      await lease.settle(`,"failed":${JSON.stringify(messageOf(error))}`).catch(() => {});
      throw error;
    }
    await lease.settle(fields);
    return value === undefined ? value : JSON.parse(JSON.stringify(value));
  }

  /** Makes a new value beside those who go on with the old one. */
  refresh(lease: Lease<T>): void {
    const block = newScope('block');
    // Who asked goes on: this is not within what encloses it.
    const done = runInBlock(block, () => during(lease, () => this.run(lease)), []);
    done.catch((error) =>
      process.emitWarning(
        `ephemeral-broker: ${this.claim.what}: no new value was made, so the old one goes on: ${messageOf(error)}`,
      ),
    );
  }

  #resultFields(value: T): string {
    const life = typeof this.#ttl === 'function' ? this.#ttl(value) : this.#ttl;
    const lifeField = life === undefined ? '' : `,"ttl":${ttlText(life)}`;
    if (value === undefined) return lifeField;
    return `${lifeField},"value":${jsonText(value, `The result of ${this.claim.what}`, this.#maxDepth)}`;
  }
}
