import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Expiring, Expiry } from './expiry.ts';

const GRAIN = 50;

class Item implements Expiring {
  place = -1;
  deadline: number;
  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

/** The same by the definition: a sorted list, looked through from its start. */
class SortedList {
  items: Item[] = [];

  add(item: Item): void {
    this.items.push(item);
    this.items.sort((a, b) => a.deadline - b.deadline);
  }

  remove(item: Item): void {
    this.items = this.items.filter((other) => other !== item);
  }
}

function sweep(expiry: Expiry<Item>, now: number): Item[] {
  const expired: Item[] = [];
  expiry.sweep(now, (item) => expired.push(item));
  return expired;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('against a sorted list', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('add' as const), inMs: fc.integer({ min: 1, max: 500 }) }),
    fc.record({ op: fc.constant('remove' as const), which: fc.nat() }),
    fc.record({
      op: fc.constant('move' as const),
      which: fc.nat(),
      inMs: fc.integer({ min: 1, max: 500 }),
    }),
    fc.record({ op: fc.constant('sweep' as const), byMs: fc.nat(200) }),
  );

  test('nothing expires early, nothing later than its grain, and each once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(3), (steps, quarters) => {
        const expiry = new Expiry<Item>(GRAIN);
        const model = new SortedList();
        const all: Item[] = [];
        let now = quarters / 4;
        for (const did of steps) {
          if (did.op === 'add') {
            const item = new Item(now + did.inMs);
            all.push(item);
            expiry.add(item);
            model.add(item);
          } else if (did.op === 'sweep') {
            now += did.byMs;
            for (const item of sweep(expiry, now)) {
              expect(model.items).toContain(item);
              expect(item.deadline).toBeLessThanOrEqual(now);
              expect(item.place).toBe(-1);
              model.remove(item);
            }
            for (const item of model.items) expect(item.deadline + GRAIN).toBeGreaterThan(now);
          } else if (all.length > 0) {
            const item = all[did.which % all.length]!;
            model.remove(item);
            if (did.op === 'remove') expiry.remove(item);
            else {
              expiry.move(item, now + did.inMs);
              model.add(item);
            }
          }
        }
        expect(new Set(sweep(expiry, now + 10_000))).toEqual(new Set(model.items));
        expect(sweep(expiry, now + 20_000)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('what is handed over may add, move and remove others meanwhile', () => {
    const react = fc.record({
      op: fc.constantFrom('add' as const, 'remove' as const, 'move' as const, 'again' as const),
      which: fc.nat(),
      inMs: fc.integer({ min: 1, max: 120 }),
    });
    const deadlines = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(deadlines, fc.array(react, { maxLength: 12 }), (first, reactions) => {
        const expiry = new Expiry<Item>(GRAIN);
        const live = new Set<Item>();
        const items = first.map((deadline) => new Item(deadline));
        for (const item of items) {
          expiry.add(item);
          live.add(item);
        }
        let next = 0;
        for (let now = 0; now <= 3_000; now += 75) {
          expiry.sweep(now, (item) => {
            expect(live.delete(item), 'expired once, and not after its removal').toBe(true);
            expect(item.deadline).toBeLessThanOrEqual(now);
            const did = reactions[next++];
            if (!did) return;
            const other = did.op === 'again' ? item : items[did.which % items.length]!;
            if (did.op === 'add') {
              const added = new Item(now + did.inMs);
              items.push(added);
              expiry.add(added);
              live.add(added);
            } else if (did.op === 'remove') {
              expiry.remove(other);
              live.delete(other);
            } else {
              expiry.move(other, now + did.inMs);
              live.add(other);
            }
          });
          for (const item of live) expect(item.deadline + GRAIN).toBeGreaterThan(now);
        }
        expect(live.size).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a deadline', () => {
  test('is not past before its time, and is at the next whole grain', () => {
    const expiry = new Expiry<Item>(GRAIN);
    const [on, behind] = [new Item(100), new Item(101)];
    expiry.add(on);
    expiry.add(behind);
    expect(sweep(expiry, 99.9)).toEqual([]);
    expect(sweep(expiry, 100)).toEqual([on]);
    expect(sweep(expiry, 149.9)).toEqual([]);
    expect(sweep(expiry, 150)).toEqual([behind]);
  });

  test('a clock that seems to go back expires nothing, and loses nothing', () => {
    const expiry = new Expiry<Item>(GRAIN);
    sweep(expiry, 1_000);
    const item = new Item(1_100);
    expiry.add(item);
    expect(sweep(expiry, 500)).toEqual([]);
    expect(sweep(expiry, 1_100)).toEqual([item]);
  });

  test('removing what is in no index changes nothing', () => {
    const expiry = new Expiry<Item>(GRAIN);
    const item = new Item(100);
    expiry.remove(item);
    expiry.add(item);
    expiry.remove(item);
    expiry.remove(item);
    expect(sweep(expiry, 1_000)).toEqual([]);
  });
});

describe('cost', () => {
  /** Counts how often any field is looked at. */
  class Counted extends Item {
    static touched = 0;
    constructor(deadline: number) {
      super(deadline);
      for (const field of ['deadline', 'place'] as const) {
        let value = this[field];
        Object.defineProperty(this, field, {
          get: () => {
            Counted.touched++;
            return value;
          },
          set: (to: number) => {
            Counted.touched++;
            value = to;
          },
        });
      }
    }
  }

  test('a sweep touches what has expired and nothing else, however much is held', () => {
    const touches = [10, 1_000].map((held) => {
      const expiry = new Expiry<Item>(GRAIN);
      for (let i = 0; i < held; i++) expiry.add(new Counted(100_000 + i));
      for (let i = 0; i < 5; i++) expiry.add(new Counted(10 + i));
      Counted.touched = 0;
      expect(sweep(expiry, 1_000)).toHaveLength(5);
      return Counted.touched;
    });
    expect(touches).toEqual([5, 5]);
  });

  test('a sweep looks at one bucket a grain, and at none where nothing is held', () => {
    const expiry = new Expiry<Item>(GRAIN);
    const get = vi.spyOn(Map.prototype, 'get');
    sweep(expiry, 10_000_000);
    expect(get.mock.calls.length).toBe(0);
    expiry.add(new Item(20_000_000));
    get.mockClear();
    sweep(expiry, 10_000_000 + 20 * GRAIN);
    expect(get.mock.calls.length).toBe(20);
  });

  test('the last one out ends the sweep: a late far deadline does not make it walk on', () => {
    const expiry = new Expiry<Item>(GRAIN);
    expiry.add(new Item(10 * GRAIN));
    const get = vi.spyOn(Map.prototype, 'get');
    expect(sweep(expiry, 10_000_000)).toHaveLength(1);
    expect(get.mock.calls.length).toBe(10);
  });

  test('adding, moving and removing touch two others at most, however many share a deadline', () => {
    const expiry = new Expiry<Item>(GRAIN);
    const items = Array.from({ length: 10_000 }, () => new Counted(100));
    for (const item of items) expiry.add(item);
    Counted.touched = 0;
    expiry.move(items[0]!, 200);
    expiry.remove(items[5_000]!);
    expiry.add(new Counted(100));
    expect(Counted.touched).toBeLessThan(40);
  });

  test('emptied buckets are let go', () => {
    const expiry = new Expiry<Item>(GRAIN);
    const remove = vi.spyOn(Map.prototype, 'delete');
    for (let i = 1; i <= 100; i++) {
      const item = new Item(i * GRAIN);
      expiry.add(item);
      expiry.remove(item);
    }
    expect(remove.mock.calls.length).toBe(100);
  });
});
