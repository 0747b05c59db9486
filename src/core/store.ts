import { BrokerError, badRequest, quoted, tooLarge } from '../protocol/errors.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import { LinkedList } from './linked-list.ts';

/** A value under a key. Kept as its JSON text: replies are made by joining texts. */
export class Entry {
  readonly key: string;
  text: string;
  /** On the elapsed clock; infinite for one that lives as long as the broker. */
  deadline: number;
  /** How long it was to live when it was written, or its new value was put off; the deadline is rounded up. */
  lifeMs: number;
  /** Rises with every write to any key, so that a key deleted and made again never repeats one. */
  version: number;
  bytes: number;
  place = -1;
  newer: Entry | undefined;
  older: Entry | undefined;

  constructor(
    key: string,
    text: string,
    deadline: number,
    lifeMs: number,
    version: number,
    bytes: number,
  ) {
    this.key = key;
    this.text = text;
    this.deadline = deadline;
    this.lifeMs = lifeMs;
    this.version = version;
    this.bytes = bytes;
  }
}

/** Write only if the key is absent, or only if its version is still this one. */
export interface Condition {
  ifAbsent?: boolean | undefined;
  ifVersion?: number | undefined;
}

/** What an entry costs beside its texts, roughly: the objects and their places in the indexes. */
const ENTRY_BYTES = 128;
const SWEEP_GRAIN_MS = 1_000;

/**
 * Values with a time to live, bounded by count and by bytes.
 *
 * - An expired value is never returned, however late it is swept.
 * - At a cap the least recently used values make room; those that live as long as the broker never
 *   do. When nothing can make room the write fails with `store_full` and changes nothing.
 */
export class Store {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #entries = new Map<string, Entry>();
  readonly #expiry = new Expiry<Entry>(SWEEP_GRAIN_MS);
  /** By last use, those that may be evicted. */
  readonly #used = new LinkedList<Entry>();
  #bytes = 0;
  #pinned = 0;
  #pinnedBytes = 0;
  #versions = 0;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A text that is empty stands for a result that is `undefined`. */
  get(key: string): Entry | undefined {
    const entry = this.#live(key);
    if (entry && entry !== this.#used.newest && entry.deadline !== Infinity) {
      this.#used.remove(entry);
      this.#used.push(entry);
    }
    return entry;
  }

  /**
   * Puts a value, given as its JSON text, for `ttlMs` (infinite: as long as the broker).
   *
   * @throws BrokerError `exists`, `version_mismatch`, `too_large`, `store_full`.
   */
  set(key: string, text: string, ttlMs: number, condition: Condition = {}): Entry {
    return this.#put(key, text, ttlMs, this.#deadlineIn(ttlMs), condition);
  }

  del(key: string): boolean {
    const entry = this.#live(key);
    if (entry) this.#remove(entry);
    return entry !== undefined;
  }

  /** Gives a value a new time to live, from now. */
  touch(key: string, ttlMs: number): boolean {
    const entry = this.#live(key);
    if (!entry) return false;
    this.#remove(entry);
    entry.deadline = this.#deadlineIn(ttlMs);
    this.#insert(entry);
    return true;
  }

  /**
   * Adds to a number and returns the sum; a missing one counts as 0 and lives for `ttlMs`, one that
   * is there keeps its time.
   *
   * @throws BrokerError `wrong_type` if what is there is no number, or the sum is no safe integer where both parts are.
   */
  incr(key: string, by: number, ttlMs: number): number {
    const entry = this.#live(key);
    const value: unknown = entry ? entry.text !== '' && JSON.parse(entry.text) : 0;
    if (typeof value !== 'number') {
      throw new BrokerError('wrong_type', `incr: the value of ${quoted(key)} is not a number.`, {
        key,
      });
    }
    const sum = value + by;
    if (!Number.isFinite(sum) || (Number.isInteger(sum) && !Number.isSafeInteger(sum))) {
      throw new BrokerError(
        'wrong_type',
        `incr: the sum at ${quoted(key)} leaves the range of exact numbers.`,
        { key },
      );
    }
    // The deadline itself, not what is left until it: each count would round it up a little.
    const deadline = entry ? entry.deadline : this.#deadlineIn(ttlMs);
    this.#put(key, JSON.stringify(sum), entry ? entry.lifeMs : ttlMs, deadline, {});
    return sum;
  }

  /** What remains of a value's life, in milliseconds; infinite for one that lives as long as the broker. */
  ttlLeft(entry: Entry): number {
    return entry.deadline - this.#clock.elapsed();
  }

  /** Whether no more than `aheadMs` of its life is left: time for a new one. Of one that was to live no longer than that, half its life: it would be due from the beginning. */
  isDue(entry: Entry, aheadMs: number): boolean {
    const { lifeMs } = entry;
    return this.ttlLeft(entry) <= (aheadMs < lifeMs ? aheadMs : lifeMs / 2);
  }

  /** No new value could be made of one that is due: it is due again when half of what it has left is over. */
  putOff(entry: Entry): void {
    entry.lifeMs = this.ttlLeft(entry);
  }

  /** Live entries whose keys begin with `prefix`, in order of key, after `after`; at most `most`. Does not count as use. */
  list(prefix: string, after: string | undefined, most: number): Entry[] {
    const now = this.#clock.elapsed();
    const found: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.deadline <= now || !entry.key.startsWith(prefix)) continue;
      if (after === undefined || entry.key > after) found.push(entry);
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, most);
  }

  /** The bytes that the value would take. @throws BrokerError `too_large`, `bad_request`. */
  checkSize(key: string, text: string): number {
    this.#checkKey(key);
    const valueBytes = Buffer.byteLength(text);
    if (valueBytes > this.#limits.maxValueBytes) {
      throw tooLarge(
        `The value of ${quoted(key)} has ${valueBytes} bytes as JSON, above maxValueBytes (${this.#limits.maxValueBytes})`,
        { bytes: valueBytes, maxValueBytes: this.#limits.maxValueBytes },
      );
    }
    const bytes = Buffer.byteLength(key) + valueBytes + ENTRY_BYTES;
    if (bytes > this.#limits.maxStoreBytes) {
      throw tooLarge(
        `The value of ${quoted(key)} takes ${bytes} bytes, above maxStoreBytes (${this.#limits.maxStoreBytes})`,
        { bytes, maxStoreBytes: this.#limits.maxStoreBytes },
      );
    }
    return bytes;
  }

  /** Frees what has expired. Correctness does not need it; memory does. */
  sweep(): void {
    this.#expiry.sweep(this.#clock.elapsed(), (entry) => this.#remove(entry));
  }

  #deadlineIn(ttlMs: number): number {
    return Math.ceil(this.#clock.elapsed() + ttlMs);
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.deadline > this.#clock.elapsed()) return entry;
    this.#remove(entry);
    return undefined;
  }

  #put(key: string, text: string, lifeMs: number, deadline: number, condition: Condition): Entry {
    const bytes = this.checkSize(key, text);
    const before = this.#live(key);
    this.#checkCondition(key, before, condition);
    this.#checkRoom(before, bytes, deadline === Infinity);
    if (before) this.#remove(before);
    while (
      this.#entries.size >= this.#limits.maxItems ||
      this.#bytes + bytes > this.#limits.maxStoreBytes
    ) {
      this.#remove(this.#used.oldest!);
    }
    const entry = new Entry(key, text, deadline, lifeMs, ++this.#versions, bytes);
    this.#insert(entry);
    return entry;
  }

  #checkKey(key: string): void {
    if (key === '') throw badRequest('The key is empty.');
    // A UTF-16 unit is at most three bytes: most keys need no counting.
    if (key.length * 3 <= this.#limits.maxKeyBytes) return;
    const bytes = Buffer.byteLength(key);
    if (bytes > this.#limits.maxKeyBytes) {
      throw tooLarge(
        `The key ${quoted(key)} has ${bytes} bytes, above maxKeyBytes (${this.#limits.maxKeyBytes})`,
        { bytes, maxKeyBytes: this.#limits.maxKeyBytes },
      );
    }
  }

  #checkCondition(key: string, before: Entry | undefined, condition: Condition): void {
    if (condition.ifAbsent && before) {
      throw new BrokerError('exists', `The key ${quoted(key)} is already set.`, { key });
    }
    if (condition.ifVersion !== undefined && condition.ifVersion !== (before?.version ?? 0)) {
      throw new BrokerError(
        'version_mismatch',
        `The key ${quoted(key)} has version ${before?.version ?? 0} (0: absent), not ${condition.ifVersion}: it was written since you read it. Read it again.`,
        { key, version: before?.version ?? 0 },
      );
    }
  }

  /** Whether evicting all that may be evicted would make room. */
  #checkRoom(before: Entry | undefined, bytes: number, pinned: boolean): void {
    const wasPinned = before?.deadline === Infinity;
    const items = this.#pinned - (wasPinned ? 1 : 0) + 1;
    const total = this.#pinnedBytes - (wasPinned ? before.bytes : 0) + bytes;
    if (items <= this.#limits.maxItems && total <= this.#limits.maxStoreBytes) return;
    throw new BrokerError(
      'store_full',
      `The store is full of values that live as long as the broker (${this.#pinned} values, ${this.#pinnedBytes} bytes; limits: maxItems ${this.#limits.maxItems}, maxStoreBytes ${this.#limits.maxStoreBytes}). ${pinned ? 'Give values a time to live in place of' : 'Delete some that were set with'} ttl 'run', or raise the limit in the config.`,
      { items: this.#pinned, bytes: this.#pinnedBytes },
    );
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#bytes += entry.bytes;
    if (entry.deadline === Infinity) {
      this.#pinned++;
      this.#pinnedBytes += entry.bytes;
    } else {
      this.#expiry.add(entry);
      this.#used.push(entry);
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.bytes;
    if (entry.deadline === Infinity) {
      this.#pinned--;
      this.#pinnedBytes -= entry.bytes;
    } else {
      this.#expiry.remove(entry);
      this.#used.remove(entry);
    }
  }
}
