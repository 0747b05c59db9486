import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

test.each([1, 2, 3, 4, 10, 100])(
  'of %i the earliest comes first, and of one time what was added first',
  (count) => {
    const agenda = new Agenda<{ at: number; n: number }>();
    let left: { at: number; n: number }[] = [];
    const pop = () => {
      const [first] = left.toSorted((a, b) => a.at - b.at || a.n - b.n);
      left = left.filter((due) => due !== first);
      expect(agenda.pop()).toBe(first);
    };
    for (let n = 0; n < 7 * count; n++) {
      const due = { at: (n * 71) % 23, n };
      agenda.add(due);
      left.push(due);
      if (left.length === count) pop();
    }
    while (left.length > 0) pop();
    expect(agenda.pop()).toBeUndefined();
  },
);
