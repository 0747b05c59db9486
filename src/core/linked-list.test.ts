import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Linked, LinkedList } from './linked-list.ts';

class Item implements Linked<Item> {
  older: Item | undefined;
  newer: Item | undefined;
}

test('a list holds its items in their order from either end, wherever they are put and taken out', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 40 }), (steps) => {
      const list = new LinkedList<Item>();
      const expected: Item[] = [];
      for (const [put, n] of steps) {
        const at = n % (expected.length + 1);
        if (put) {
          const item = new Item();
          list.insert(item, expected[at - 1]);
          expected.splice(at, 0, item);
        } else if (expected[at]) {
          const [item] = expected.splice(at, 1);
          list.remove(item!);
          expect([item!.older, item!.newer]).toEqual([undefined, undefined]);
        }
        const backwards: Item[] = [];
        for (let item = list.newest; item; item = item.older) backwards.unshift(item);
        const same = (items: Item[]) => items.every((item, i) => item === expected[i]);
        expect(same([...list]) && same(backwards)).toBe(true);
        expect([[...list].length, backwards.length, list.size]).toEqual(
          Array(3).fill(expected.length),
        );
        expect(list.oldest).toBe(expected[0]);
      }
    }),
  );
});

test('a walk ends at an item that is taken out', () => {
  const list = new LinkedList<Item>();
  const items = [new Item(), new Item(), new Item()];
  for (const item of items) list.push(item);
  const met: Item[] = [];
  for (const item of list) {
    met.push(item);
    if (item === items[1]) list.remove(item);
  }
  expect(met).toEqual(items.slice(0, 2));
});
