/** An item of a list; the links belong to the list that holds it. */
export interface Linked<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** Items from the oldest to the newest. Taking out any of them costs the same. */
export class LinkedList<T extends Linked<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#oldest;
  }

  get newest(): T | undefined {
    return this.#newest;
  }

  /** What is put in or taken out meanwhile may or may not be met; an item taken out ends the walk. */
  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#oldest; item; item = item.newer) yield item;
  }

  push(item: T): void {
    this.insert(item, this.#newest);
  }

  /** Puts an item behind another one; behind none: first. */
  insert(item: T, older: T | undefined): void {
    const newer = older ? older.newer : this.#oldest;
    item.older = older;
    item.newer = newer;
    if (older) older.newer = item;
    else this.#oldest = item;
    if (newer) newer.older = item;
    else this.#newest = item;
    this.#size++;
  }

  remove(item: T): void {
    if (item.older) item.older.newer = item.newer;
    else this.#oldest = item.newer;
    if (item.newer) item.newer.older = item.older;
    else this.#newest = item.older;
    item.older = undefined;
    item.newer = undefined;
    this.#size--;
  }
}
