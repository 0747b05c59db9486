import type { Demand, Step } from './job.ts';
import type { Crew, Workload } from './workload.ts';

/**
 * How long the workload takes with pools of these sizes, by the order of their definition; undefined
 * where it would never end. Requests are served in the order in which they come; what an older one
 * has claimed in part is not for younger ones. Any resource of a pool serves any request of it.
 */
export function replay(workload: Workload, sizes: readonly number[]): number | undefined {
  return new Replay(workload, sizes).run();
}

interface Worker {
  crew: Crew;
  left: number;
  held: Demand[];
}

interface Waiting {
  wish: Demand;
  worker: Worker;
}

class Replay {
  readonly #free: number[];
  readonly #pending: Int32Array;
  readonly #had: Uint8Array;
  readonly #next = new Map<Crew, number>();
  readonly #workers: Worker[] = [];
  readonly #events = new Agenda();
  /** In the order in which they came. */
  #waiting: Waiting[] = [];
  readonly #watching: { pool: number; step: Step; worker: Worker }[] = [];
  readonly #sizes: number[];
  #now = 0;
  #left = 0;
  #end = 0;

  constructor(workload: Workload, sizes: readonly number[]) {
    this.#sizes = workload.pools.map(({ kind }, i) =>
      kind === 'slot' ? Number.POSITIVE_INFINITY : sizes[i]!,
    );
    this.#free = [...this.#sizes];
    this.#pending = new Int32Array(workload.steps);
    this.#had = new Uint8Array(workload.steps);
    for (const crew of workload.crews) {
      this.#next.set(crew, 0);
      for (let i = 0; i < crew.workers; i++) this.#workers.push({ crew, left: 0, held: [] });
      for (const { steps } of crew.jobs) {
        this.#left += steps.length;
        for (const { id, after, does } of steps) {
          this.#pending[id] = after + (does === 'granted' || does === 'answered' ? 1 : 0);
        }
      }
    }
  }

  run(): number | undefined {
    for (const worker of this.#workers) this.#takeJob(worker);
    for (let due = this.#events.pop(); due; due = this.#events.pop()) {
      this.#now = due.at;
      due.act();
    }
    return this.#left === 0 ? this.#end : undefined;
  }

  #takeJob(worker: Worker): void {
    const { crew } = worker;
    const index = this.#next.get(crew)!;
    const job = crew.jobs[index];
    if (!job) {
      for (const wish of worker.held.splice(0)) this.#release(wish);
      return;
    }
    this.#next.set(crew, index + 1);
    worker.left = job.steps.length;
    for (const step of job.first) this.#plan(step, worker);
  }

  /** All before it is done, but for a grant that it may stand for. */
  #plan(step: Step, worker: Worker): void {
    if (this.#pending[step.id]! > 0) return;
    this.#events.add(this.#now + step.delayMs, () => this.#do(step, worker));
  }

  #do(step: Step, worker: Worker): void {
    const { does, wish, next } = step;
    if (does === 'request') this.#request(wish!, worker);
    if (does === 'release') this.#release(wish!);
    this.#left--;
    this.#end = this.#now;
    for (const each of next) {
      this.#pending[each.id]!--;
      this.#plan(each, worker);
    }
    if (--worker.left === 0) this.#takeJob(worker);
  }

  #request(wish: Demand, worker: Worker): void {
    const brings = wish.brings!;
    if (brings.does === 'answered') {
      const { pool } = wish.needs[0]!;
      if (this.#free[pool]! < this.#sizes[pool]!) {
        this.#watching.push({ pool, step: brings, worker });
      } else this.#bring(brings, worker);
      return;
    }
    this.#waiting.push({ wish, worker });
    this.#serve();
  }

  #bring(step: Step, worker: Worker): void {
    if (this.#had[step.id]) return;
    this.#had[step.id] = 1;
    this.#pending[step.id]!--;
    this.#plan(step, worker);
  }

  #release({ needs }: Demand): void {
    for (const { pool, count, awayMs, lost } of needs) {
      const back = () => {
        this.#free[pool]! += count - lost;
        this.#serve();
      };
      if (awayMs > 0) this.#events.add(this.#now + awayMs, back);
      else this.#free[pool]! += count - lost;
      this.#tellWatchers(pool);
    }
    this.#serve();
  }

  #tellWatchers(pool: number): void {
    for (let i = this.#watching.length - 1; i >= 0; i--) {
      const { step, worker, pool: watched } = this.#watching[i]!;
      if (watched !== pool) continue;
      this.#watching.splice(i, 1);
      this.#bring(step, worker);
    }
  }

  #serve(): void {
    if (this.#waiting.length === 0) return;
    // What those who cannot be served yet have claimed.
    const claimed = new Map<number, number>();
    const served = new Set<Waiting>();
    for (const each of this.#waiting) {
      const { needs } = each.wish;
      let fits = true;
      for (const { pool, count } of needs) {
        if (this.#free[pool]! - (claimed.get(pool) ?? 0) < count) fits = false;
      }
      for (const { pool, count } of needs) {
        if (fits) this.#free[pool]! -= count;
        else claimed.set(pool, (claimed.get(pool) ?? 0) + count);
      }
      if (fits) served.add(each);
    }
    if (served.size === 0) return;
    this.#waiting = this.#waiting.filter((each) => !served.has(each));
    for (const { wish, worker } of served) {
      if (wish.lasting) worker.held.push(wish);
      this.#bring(wish.brings!, worker);
    }
  }
}

interface Due {
  at: number;
  order: number;
  act: () => void;
}

/** What is to be done when: the earliest first, at one time in the order in which it was added. A binary heap. */
class Agenda {
  readonly #heap: Due[] = [];
  #order = 0;

  add(at: number, act: () => void): void {
    const heap = this.#heap;
    const due = { at, order: this.#order++, act };
    let i = heap.push(due) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(due, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = due;
  }

  pop(): Due | undefined {
    const heap = this.#heap;
    const top = heap[0];
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

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
