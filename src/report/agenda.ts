/** What is to be done at a time. */
export interface Due {
  at: number;
}

/** What is to be done when: the earliest first, at one time in the order in which it was added. A binary heap. */
export class Agenda<D extends Due> {
  readonly #heap: Entry<D>[] = [];
  #order = 0;

  add(due: D): void {
    const heap = this.#heap;
    const entry = { due, order: this.#order++ };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  pop(): D | undefined {
    const heap = this.#heap;
    const top = heap[0]?.due;
    const last = heap.pop();
    if (!top || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last!;
    return top;
  }
}

interface Entry<D extends Due = Due> {
  due: D;
  order: number;
}

const before = (a: Entry, b: Entry): boolean =>
  a.due.at < b.due.at || (a.due.at === b.due.at && a.order < b.order);
