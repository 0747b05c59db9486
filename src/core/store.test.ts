import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts';
import { FakeClock } from './fake-clock.ts';
import { type Condition, Store } from './store.ts';

const RUN = Number.POSITIVE_INFINITY;
const SECOND = 1_000;

let clock: FakeClock;
let store: Store;

function storeOf(limits: Partial<Limits> = {}): Store {
  clock = new FakeClock();
  return new Store(clock, { ...DEFAULT_LIMITS, ...limits });
}

beforeEach(() => {
  store = storeOf();
});

const keys = (of = store): string[] => of.list('', undefined, 1_000).map(({ key }) => key);

/** All that can be seen from outside, read in a way that counts as no use. */
const picture = (of = store) => ({
  entries: of.list('', undefined, 1_000).map((e) => [e.key, e.text, e.version, e.deadline]),
  size: of.size,
  bytes: of.bytes,
});

function errorOf(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('time to live', () => {
  test('is exact at read, however late the sweep is', () => {
    store.set('k', '1', SECOND);
    clock.advance(999);
    expect(store.get('k')?.text).toBe('1');
    expect(store.ttlLeft(store.get('k')!)).toBe(1);
    clock.advance(1);
    expect(keys()).toEqual([]);
    expect(store.get('k')).toBeUndefined();
    expect(store.size).toBe(0);
  });

  test.each([
    [300, 699, 700],
    [999, 0, 1],
    [0, 999, 1_000],
    // No shorter than the life itself: half of that.
    [SECOND, 499, 500],
    [RUN, 499, 500],
  ])(
    'is due for a new value with %d ms left of it, after %d ms not, after %d ms it is',
    (ahead, not, due) => {
      store.set('k', '1', SECOND);
      const entry = store.get('k')!;
      clock.advance(not);
      expect(store.isDue(entry, ahead)).toBe(false);
      clock.advance(due - not);
      expect(store.isDue(entry, ahead)).toBe(true);
    },
  );

  test('of just as much as it is made anew ahead of is not due from the beginning, on a clock of fractions', () => {
    clock.advance(0.6);
    store.set('k', '1', SECOND);
    clock.advance(499);
    expect(store.isDue(store.get('k')!, SECOND)).toBe(false);
  });

  test('whose new value was put off is due again when half of what it has left is over', () => {
    store.set('k', '1', SECOND);
    const entry = store.get('k')!;
    clock.advance(600);
    store.putOff(entry);
    clock.advance(199);
    expect(store.isDue(entry, 500)).toBe(false);
    clock.advance(1);
    expect(store.isDue(entry, 500)).toBe(true);
  });

  test('without an end is never due for a new value', () => {
    store.set('k', '1', RUN);
    clock.advance(1e9);
    expect(store.isDue(store.get('k')!, 1e12)).toBe(false);
  });

  test('that is changed later is measured by the one that it was written with', () => {
    store.set('k', '1', SECOND);
    store.touch('k', 500);
    expect(store.isDue(store.get('k')!, 500)).toBe(true);
    expect(store.isDue(store.get('k')!, 499)).toBe(false);
  });

  test('is never shorter than asked for on a clock of fractions, and longer by less than 1 ms', () => {
    clock.advance(0.6);
    store.set('k', '1', 10);
    clock.advance(10);
    expect(store.get('k')).toBeDefined();
    clock.advance(0.5);
    expect(store.get('k')).toBeUndefined();
  });

  test('counts the sleep of the machine, and not the wall clock', () => {
    clock.stall(10 * SECOND);
    store.set('a', '1', SECOND);
    clock.setWall(clock.wallMs + 3_600_000);
    expect(store.get('a')).toBeDefined();
    clock.setWall(0);
    clock.stall(SECOND);
    expect(store.get('a')).toBeUndefined();
  });

  test('an expired key counts as absent for every operation', () => {
    const ops: [string, (s: Store) => unknown, unknown][] = [
      ['del', (s) => s.del('k'), false],
      ['touch', (s) => s.touch('k', SECOND), false],
      ['incr', (s) => s.incr('k', 1, SECOND), 1],
      ['list', (s) => s.list('', undefined, 10), []],
      ['set ifAbsent', (s) => s.set('k', '"new"', SECOND, { ifAbsent: true }).text, '"new"'],
      ['set ifVersion 0', (s) => s.set('k', '"new"', SECOND, { ifVersion: 0 }).text, '"new"'],
    ];
    for (const [name, op, result] of ops) {
      const fresh = storeOf();
      fresh.set('k', '41', SECOND);
      clock.advance(SECOND);
      expect(op(fresh), name).toEqual(result);
    }
  });

  test('without end, lives as long as the broker', () => {
    store.set('k', '1', RUN);
    clock.advance(1e12);
    store.sweep();
    expect(store.get('k')?.text).toBe('1');
    expect(store.ttlLeft(store.get('k')!)).toBe(RUN);
  });

  test('a write gives a new one, a read does not', () => {
    store.set('k', '1', SECOND);
    clock.advance(900);
    store.set('k', '2', SECOND);
    clock.advance(900);
    expect(store.get('k')?.text).toBe('2');
    clock.advance(100);
    expect(store.get('k')).toBeUndefined();
  });
});

describe('sweep', () => {
  test('frees what has been expired for a second, and nothing else', () => {
    store.set('old', '1', SECOND);
    store.set('young', '1', 5 * SECOND);
    store.set('run', '1', RUN);
    const { bytes } = store;
    clock.advance(2 * SECOND);
    store.sweep();
    expect(store.size).toBe(2);
    expect(store.bytes).toBeLessThan(bytes);
    expect(keys()).toEqual(['run', 'young']);
  });

  test('frees all when all is past', () => {
    for (let i = 0; i < 100; i++) store.set(`k${i}`, '1', 1 + i * 37);
    clock.advance(10 * SECOND);
    store.sweep();
    expect(picture()).toEqual({ entries: [], size: 0, bytes: 0 });
  });
});

describe('conditions', () => {
  test('ifAbsent writes once', () => {
    store.set('k', '1', SECOND, { ifAbsent: true });
    const error = errorOf(() => store.set('k', '2', SECOND, { ifAbsent: true }));
    expect(error).toMatchObject({ code: 'exists', details: { key: 'k' } });
    expect(store.get('k')?.text).toBe('1');
  });

  test('ifVersion writes only over the version that was read; 0 is absent', () => {
    const { version } = store.set('k', '1', SECOND);
    const next = store.set('k', '2', SECOND, { ifVersion: version });
    const error = errorOf(() => store.set('k', '3', SECOND, { ifVersion: version }));
    expect(error).toMatchObject({
      code: 'version_mismatch',
      details: { key: 'k', version: next.version },
    });
    expect(error.message).toContain(`has version ${next.version} (0: absent), not ${version}`);
    expect(errorOf(() => store.set('k', '3', SECOND, { ifVersion: 0 })).code).toBe(
      'version_mismatch',
    );
    expect(errorOf(() => store.set('other', '3', SECOND, { ifVersion: 1 }))).toMatchObject({
      code: 'version_mismatch',
      details: { key: 'other', version: 0 },
    });
    expect(store.get('k')?.text).toBe('2');
  });

  test('versions never repeat, not even for a key deleted and made again', () => {
    const seen = new Set<number>();
    let highest = 0;
    for (let i = 0; i < 50; i++) {
      const { version } = store.set(`k${i % 3}`, '1', SECOND);
      expect(version).toBeGreaterThan(highest);
      highest = version;
      seen.add(version);
      if (i % 2) store.del(`k${i % 3}`);
    }
    expect(seen.size).toBe(50);
    store.incr('n', 1, SECOND);
    expect(store.get('n')!.version).toBeGreaterThan(highest);
  });
});

describe('caps', () => {
  test('the least recently used make room: reads, writes and touches count, lists do not', () => {
    store = storeOf({ maxItems: 4 });
    for (const key of ['a', 'b', 'c', 'd']) store.set(key, '1', SECOND);
    store.get('a');
    store.touch('b', SECOND);
    store.incr('c', 1, SECOND);
    store.list('', undefined, 10);
    store.set('e', '1', SECOND);
    expect(keys()).toEqual(['a', 'b', 'c', 'e']);
    store.set('f', '1', SECOND);
    expect(keys()).toEqual(['b', 'c', 'e', 'f']);
    store.get('b');
    store.set('g', '1', SECOND);
    expect(keys()).toEqual(['b', 'e', 'f', 'g']);
  });

  test('a conditional write that fails is no use', () => {
    store = storeOf({ maxItems: 2 });
    store.set('a', '1', SECOND);
    store.set('b', '1', SECOND);
    errorOf(() => store.set('a', '2', SECOND, { ifAbsent: true }));
    store.set('c', '1', SECOND);
    expect(keys()).toEqual(['b', 'c']);
  });

  test('writing over a key needs no other to go', () => {
    store = storeOf({ maxItems: 2 });
    store.set('a', '1', SECOND);
    store.set('b', '1', SECOND);
    store.set('a', '2', SECOND);
    expect(keys()).toEqual(['a', 'b']);
  });

  test('bytes are counted, those of keys too', () => {
    const empty = store.bytes;
    store.set('k', '"ab"', SECOND);
    const one = store.bytes - empty;
    store.set('k€k', '"ab"', SECOND);
    expect(store.bytes - empty - one).toBe(one + 4);
    store.set('k', '"é"', SECOND);
    expect(store.bytes - empty).toBe(2 * one + 4);
    store.set('k', '"éé"', SECOND);
    expect(store.bytes - empty).toBe(2 * one + 6);
    store.del('k');
    store.del('k€k');
    expect(store.bytes).toBe(0);
  });

  test('as many of the oldest go as the bytes need, and no more', () => {
    store = storeOf({ maxStoreBytes: 4 * 130 });
    for (const key of ['a', 'b', 'c', 'd']) store.set(key, '1', SECOND);
    expect(store.size).toBe(4);
    store.set('e', `"${'x'.repeat(130)}"`, SECOND);
    expect(keys()).toEqual(['d', 'e']);
    expect(store.bytes).toBeLessThanOrEqual(4 * 130);
  });

  test('keys alone cannot outgrow the cap', () => {
    store = storeOf({ maxStoreBytes: 100_000 });
    for (let i = 0; i < 1_000; i++) store.set(`${i}`.padEnd(1_000, 'k'), '1', SECOND);
    expect(store.size).toBeLessThan(100);
    expect(store.bytes).toBeLessThanOrEqual(100_000);
  });

  test('a value that lives as long as the broker never makes room', () => {
    store = storeOf({ maxItems: 3 });
    store.set('pinned', '1', RUN);
    for (let i = 0; i < 10; i++) store.set(`k${i}`, '1', SECOND);
    expect(keys()).toEqual(['k8', 'k9', 'pinned']);
  });

  test('reading or touching a pinned value does not make it evictable', () => {
    store = storeOf({ maxItems: 2 });
    store.set('pinned', '1', RUN);
    store.get('pinned');
    store.incr('pinned', 1, SECOND);
    store.touch('pinned', RUN);
    for (let i = 0; i < 5; i++) store.set(`k${i}`, '1', SECOND);
    expect(store.get('pinned')?.text).toBe('2');
  });

  test('a touch pins and unpins', () => {
    store = storeOf({ maxItems: 2 });
    store.set('a', '1', SECOND);
    expect(store.touch('a', RUN)).toBe(true);
    store.set('b', '1', SECOND);
    store.set('c', '1', SECOND);
    expect(keys()).toEqual(['a', 'c']);
    expect(store.touch('a', SECOND)).toBe(true);
    store.get('c');
    store.set('d', '1', SECOND);
    expect(keys()).toEqual(['c', 'd']);
    clock.advance(SECOND);
    expect(keys()).toEqual([]);
  });

  test('store_full changes nothing', () => {
    for (const limits of [{ maxItems: 3 }, { maxStoreBytes: 3 * 130 + 129 }]) {
      store = storeOf(limits);
      store.set('a', '1', RUN);
      store.set('b', '1', RUN);
      store.set('c', '1', SECOND);
      const before = picture();
      const write = () => store.set('d', `"${'x'.repeat(300)}"`, SECOND);
      if ('maxItems' in limits) {
        store.touch('c', RUN);
        const pinned = picture();
        expect(errorOf(() => store.set('d', '1', SECOND)).code).toBe('store_full');
        expect(errorOf(() => store.incr('d', 1, SECOND)).code).toBe('store_full');
        expect(picture()).toEqual(pinned);
      } else {
        expect(errorOf(write).code).toBe('store_full');
        expect(errorOf(() => store.set('c', `"${'x'.repeat(300)}"`, RUN)).code).toBe('store_full');
        expect(picture()).toEqual(before);
      }
    }
  });

  test('store_full says how full, and the remedy', () => {
    store = storeOf({ maxItems: 1 });
    store.set('a', '1', RUN);
    const forLife = errorOf(() => store.set('b', '1', RUN));
    expect(forLife.details).toEqual({ items: 1, bytes: 130 });
    expect(forLife.message).toContain("Give values a time to live in place of ttl 'run'");
    const forTime = errorOf(() => store.set('b', '1', SECOND));
    expect(forTime.message).toContain("Delete some that were set with ttl 'run'");
  });

  test('a pinned value may be written over at the cap, and its room counts', () => {
    store = storeOf({ maxItems: 1, maxStoreBytes: 200 });
    store.set('a', '1', RUN);
    store.set('a', '22', RUN);
    expect(store.get('a')?.text).toBe('22');
    store.set('a', '333', SECOND);
    expect(store.get('a')?.text).toBe('333');
    store.set('b', '1', SECOND);
    expect(keys()).toEqual(['b']);
  });

  test('a value above its cap is refused, in bytes', () => {
    store = storeOf({ maxValueBytes: 5 });
    store.set('k', '"abc"', SECOND);
    const error = errorOf(() => store.set('k', '"ab€"', SECOND));
    expect(error).toMatchObject({ code: 'too_large', details: { bytes: 7, maxValueBytes: 5 } });
    expect(error.message).not.toContain('ab€');
    expect(store.get('k')?.text).toBe('"abc"');
  });

  test('a key above its cap, in bytes, and an empty one, are refused', () => {
    store = storeOf({ maxKeyBytes: 6 });
    store.set('abcdef', '1', SECOND);
    store.set('€€', '1', SECOND);
    store.set('éé', '1', SECOND);
    expect(errorOf(() => store.set('abcdefg', '1', SECOND))).toMatchObject({
      code: 'too_large',
      details: { bytes: 7, maxKeyBytes: 6 },
    });
    expect(errorOf(() => store.set('€€€', '1', SECOND)).code).toBe('too_large');
    expect(errorOf(() => store.incr('€€€', 1, SECOND)).code).toBe('too_large');
    expect(errorOf(() => store.set('', '1', SECOND)).code).toBe('bad_request');
    expect(store.size).toBe(3);
  });
});

describe('incr', () => {
  test('counts from 0, keeps the time of one that is there, and returns the sum', () => {
    expect(store.incr('n', 5, SECOND)).toBe(5);
    clock.advance(600);
    expect(store.incr('n', -2, 10 * SECOND)).toBe(3);
    expect(store.get('n')?.text).toBe('3');
    clock.advance(400);
    expect(store.get('n')).toBeUndefined();
    expect(store.incr('n', 1, SECOND)).toBe(1);
  });

  // Each count once rounded the deadline up: a counter that was counted often enough never expired.
  test('does not lengthen the life of a busy counter, not even by a fraction', () => {
    class Ticking extends FakeClock {
      override elapsed(): number {
        this.elapsedMs += 0.013;
        return super.elapsed();
      }
    }
    const busy = new Store(new Ticking(), DEFAULT_LIMITS);
    busy.incr('n', 1, SECOND);
    const { deadline } = busy.get('n')!;
    for (let i = 0; i < 1_000; i++) busy.incr('n', 1, SECOND);
    expect(busy.get('n')).toMatchObject({ text: '1001', deadline });
  });

  test('keeps a value that lives as long as the broker so', () => {
    store.set('n', '1', RUN);
    store.incr('n', 1, SECOND);
    expect(store.ttlLeft(store.get('n')!)).toBe(RUN);
  });

  test.each(['"1"', 'null', 'true', '[1]', '{"n":1}'])('refuses to count on %s', (text) => {
    store.set('n', text, SECOND);
    expect(errorOf(() => store.incr('n', 1, SECOND))).toMatchObject({
      code: 'wrong_type',
      details: { key: 'n' },
    });
    expect(store.get('n')?.text).toBe(text);
  });

  test('stays in the range of exact numbers', () => {
    store.set('n', `${Number.MAX_SAFE_INTEGER}`, SECOND);
    expect(errorOf(() => store.incr('n', 1, SECOND)).code).toBe('wrong_type');
    expect(store.incr('n', -1, SECOND)).toBe(Number.MAX_SAFE_INTEGER - 1);
    store.set('f', '1.7e308', SECOND);
    expect(errorOf(() => store.incr('f', 1.7e308, SECOND)).code).toBe('wrong_type');
    store.set('h', '0.5', SECOND);
    expect(store.incr('h', 0.25, SECOND)).toBe(0.75);
  });
});

describe('list', () => {
  test('gives live entries by prefix, in order of key, a page at a time', () => {
    for (const key of ['b2', 'a', 'b1', 'b', 'c', 'b3']) store.set(key, '1', SECOND);
    store.set('b0', '1', 1);
    clock.advance(1);
    const page = (after?: string) => store.list('b', after, 2).map(({ key }) => key);
    expect(page()).toEqual(['b', 'b1']);
    expect(page('b1')).toEqual(['b2', 'b3']);
    expect(page('b3')).toEqual([]);
    expect(store.list('', undefined, 0)).toEqual([]);
  });

  test('pages come to all keys once, whatever the page, and whatever is written between', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        names,
        fc.integer({ min: 1, max: 5 }),
        fc.string({ maxLength: 1 }),
        (all, most, prefix) => {
          store = storeOf();
          for (const key of all) store.set(key, '1', SECOND);
          const found: string[] = [];
          for (let after: string | undefined; ; after = found.at(-1)) {
            const page = store.list(prefix, after, most);
            if (page.length === 0) break;
            expect(page.length).toBeLessThanOrEqual(most);
            found.push(...page.map(({ key }) => key));
            store.set(found.at(-1)!, '2', SECOND);
          }
          expect(found).toEqual(all.filter((key) => key.startsWith(prefix)).sort());
        },
      ),
    );
  });
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'the key %s is one like others',
  (key) => {
    expect(store.get(key)).toBeUndefined();
    expect(store.del(key)).toBe(false);
    store.set(key, '"v"', SECOND, { ifAbsent: true });
    expect(store.get(key)?.text).toBe('"v"');
    expect(keys()).toEqual([key]);
    expect(store.del(key)).toBe(true);
    expect(store.get(key)).toBeUndefined();
    expect(store.incr(key, 2, SECOND)).toBe(2);
  },
);

/** The store by its promises: a list, looked through from one end to the other. */
class NaiveStore {
  rows: { key: string; text: string; deadline: number; version: number; used: number }[] = [];
  #versions = 0;
  #uses = 0;
  readonly #clock: FakeClock;
  readonly #limits: Limits;

  constructor(clock: FakeClock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  cost = (row: { key: string; text: string }) =>
    Buffer.byteLength(row.key) + Buffer.byteLength(row.text) + 128;

  bytes = (rows = this.rows) => rows.reduce((sum, row) => sum + this.cost(row), 0);

  row(key: string) {
    this.rows = this.rows.filter((r) => r.key !== key || r.deadline > this.#clock.elapsedMs);
    return this.rows.find((r) => r.key === key);
  }

  get(key: string): string | undefined {
    const row = this.row(key);
    if (row) row.used = ++this.#uses;
    return row?.text;
  }

  set(key: string, text: string, ttlMs: number, { ifAbsent, ifVersion }: Condition = {}): string {
    const { maxKeyBytes, maxValueBytes, maxItems, maxStoreBytes } = this.#limits;
    if (key === '') return 'bad_request';
    if (Buffer.byteLength(key) > maxKeyBytes || Buffer.byteLength(text) > maxValueBytes) {
      return 'too_large';
    }
    const before = this.row(key);
    if (ifAbsent && before) return 'exists';
    if (ifVersion !== undefined && ifVersion !== (before?.version ?? 0)) return 'version_mismatch';
    const fits = (rows: typeof this.rows) =>
      rows.length < maxItems && this.bytes(rows) + this.cost({ key, text }) <= maxStoreBytes;
    const others = this.rows.filter((row) => row !== before);
    if (!fits(others.filter((row) => row.deadline === RUN))) return 'store_full';
    const byUse = others.filter((row) => row.deadline !== RUN).sort((a, b) => a.used - b.used);
    this.rows = others;
    while (!fits(this.rows)) {
      const oldest = byUse.shift();
      this.rows = this.rows.filter((row) => row !== oldest);
    }
    const deadline = this.#clock.elapsedMs + ttlMs;
    this.rows.push({ key, text, deadline, version: ++this.#versions, used: ++this.#uses });
    return 'done';
  }

  del(key: string): boolean {
    const row = this.row(key);
    this.rows = this.rows.filter((r) => r !== row);
    return row !== undefined;
  }

  touch(key: string, ttlMs: number): boolean {
    const row = this.row(key);
    if (row) Object.assign(row, { deadline: this.#clock.elapsedMs + ttlMs, used: ++this.#uses });
    return row !== undefined;
  }

  incr(key: string, by: number, ttlMs: number): string | number {
    const row = this.row(key);
    const sum = JSON.parse(row?.text ?? '0') + by;
    if (typeof sum !== 'number') return 'wrong_type';
    const left = row ? row.deadline - this.#clock.elapsedMs : ttlMs;
    const verdict = this.set(key, `${sum}`, left);
    return verdict === 'done' ? sum : verdict;
  }

  /** What is past has its second of grace, and takes room until then. */
  sweep(): void {
    const until = Math.floor(this.#clock.elapsedMs / SECOND) * SECOND;
    this.rows = this.rows.filter((row) => row.deadline > until);
  }
}

test('does in every order of operations what a naive list does', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'é', '__proto__', 'constructor', '', 'much too long');
  const text = fc.constantFrom('1', '20', '"x"', `"${'x'.repeat(60)}"`, `"${'x'.repeat(200)}"`);
  const ttl = fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.constant(RUN));
  const condition = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ ifAbsent: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ ifVersion: fc.nat(12) }) },
  );
  type Op = (real: Store, model: NaiveStore) => [got: unknown, expected: unknown];
  const named = (name: string, op: Op): Op => Object.assign(op, { toString: () => name });
  const verdict = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      if (error instanceof BrokerError) return error.code;
      throw error;
    }
  };
  const op: fc.Arbitrary<Op> = fc.oneof(
    {
      weight: 3,
      arbitrary: key.map((k) => named(`get ${k}`, (r, m) => [r.get(k)?.text, m.get(k)])),
    },
    {
      weight: 5,
      arbitrary: fc
        .tuple(key, text, ttl, condition)
        .map(([k, t, ms, c]) =>
          named(`set ${k} ${t} ${ms} ${JSON.stringify(c)}`, (r, m) => [
            verdict(() => r.set(k, t, ms, c) && 'done'),
            m.set(k, t, ms, c),
          ]),
        ),
    },
    key.map((k) => named(`del ${k}`, (r, m) => [r.del(k), m.del(k)])),
    fc
      .tuple(key, ttl)
      .map(([k, ms]) => named(`touch ${k} ${ms}`, (r, m) => [r.touch(k, ms), m.touch(k, ms)])),
    fc
      .tuple(key, fc.integer({ min: -3, max: 3 }), ttl)
      .map(([k, by, ms]) =>
        named(`incr ${k} ${by} ${ms}`, (r, m) => [
          verdict(() => r.incr(k, by, ms)),
          m.incr(k, by, ms),
        ]),
      ),
    fc.constant(named('sweep', (r, m) => [r.sweep(), m.sweep()])),
    fc.nat(2_000).map((ms) => named(`advance ${ms}`, () => [clock.advance(ms), undefined])),
  );
  const limits = {
    ...DEFAULT_LIMITS,
    maxItems: 4,
    maxStoreBytes: 700,
    maxValueBytes: 100,
    maxKeyBytes: 12,
  };
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
      const real = storeOf(limits);
      const model = new NaiveStore(clock, limits);
      for (const step of ops) {
        const [got, expected] = step(real, model);
        expect(got, String(step)).toEqual(expected);
        const live = model.rows.filter((row) => row.deadline > clock.elapsedMs);
        live.sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(picture(real), String(step)).toEqual({
          entries: live.map((row) => [row.key, row.text, row.version, row.deadline]),
          size: model.rows.length,
          bytes: model.bytes(),
        });
        expect(real.size).toBeLessThanOrEqual(limits.maxItems);
        expect(real.bytes).toBeLessThanOrEqual(limits.maxStoreBytes);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a value larger than the store is too large, and evicts nothing', () => {
  const small = new Store(new FakeClock(), { ...DEFAULT_LIMITS, maxStoreBytes: 1_000 });
  small.set('kept', '1', 1_000);
  expect(() => small.set('big', `"${'x'.repeat(1_000)}"`, 1_000)).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
  expect(small.get('kept')?.text).toBe('1');
});
