import { Agenda } from './agenda.ts';
import type { Demand, Need, Step } from './job.ts';
import type { Crew, Workload } from './workload.ts';

/** How fast another clock goes while so many workers are at work. */
export type Pace = (atWork: number) => number;

export interface Replayed {
  /** How long it took, by the other clock. */
  ms: number;
  /** How long each step, and each resource on its way back, took by the other clock; by their ids. */
  tookMs: Float64Array;
  /** For how long how many workers were at work, once the first of them had come. */
  atWorkMs: number[];
  /** By pool: somebody had to wait for it. */
  waitedFor: boolean[];
}

/**
 * How the workload goes with pools of these sizes, by the order of their definition; undefined where
 * it would never end. Requests are served in the order in which they come; what an older one has
 * claimed in part is not for younger ones. Any resource of a pool serves any request of it.
 *
 * @param pace of the clock by which the result is told. Default: that of the workload's delays.
 * @param delaysMs in place of the workload's, by ids.
 */
export function replay(
  workload: Workload,
  sizes: readonly number[],
  pace: Pace = () => 1,
  delaysMs?: Float64Array,
): Replayed | undefined {
  return new Replay(workload, sizes, pace, delaysMs).run();
}

interface Worker {
  crew: Crew;
  /** Steps of its job that are not done. */
  left: number;
  /** Those of them that take time now: with none, it waits. */
  underWay: number;
  held: Demand[];
}

interface Waiting {
  demand: Demand;
  worker: Worker;
}

/** A worker is done with a step, or resources are back. */
type Due = { at: number } & ({ step: Step; worker: Worker } | { step: undefined; need: Need });

class Replay {
  readonly #pace: Pace;
  readonly #delaysMs: Float64Array | undefined;
  readonly #sinceMs: number;
  readonly #sizes: number[];
  readonly #free: number[];
  readonly #waitedFor: boolean[];
  readonly #pending: Int32Array;
  readonly #had: Uint8Array;
  readonly #next = new Map<Crew, number>();
  readonly #workers: Worker[] = [];
  readonly #events = new Agenda<Due>();
  /** By pool, in the order in which they came. */
  readonly #waiting: Waiting[][];
  readonly #watching: { pool: number; step: Step; worker: Worker }[] = [];
  readonly #tookMs: Float64Array;
  readonly #atWorkMs = [0];
  #atWork = 0;
  #now = 0;
  /** By the other clock. */
  #toldMs = 0;
  #left = 0;

  constructor(
    { pools, crews, ids, sinceMs }: Workload,
    sizes: readonly number[],
    pace: Pace,
    delaysMs: Float64Array | undefined,
  ) {
    this.#pace = pace;
    this.#delaysMs = delaysMs;
    this.#sinceMs = sinceMs;
    this.#sizes = pools.map(({ kind }, i) =>
      kind === 'slot' ? Number.POSITIVE_INFINITY : sizes[i]!,
    );
    this.#free = [...this.#sizes];
    this.#waitedFor = pools.map(() => false);
    this.#waiting = pools.map(() => []);
    this.#pending = new Int32Array(ids);
    this.#had = new Uint8Array(ids);
    this.#tookMs = new Float64Array(ids);
    for (const crew of crews) {
      this.#next.set(crew, 0);
      for (let i = 0; i < crew.workers; i++) {
        this.#workers.push({ crew, left: 0, underWay: 0, held: [] });
        this.#atWorkMs.push(0);
      }
      for (const { steps } of crew.jobs) {
        this.#left += steps.length;
        for (const { id, after, does } of steps) {
          this.#pending[id] = after + (does === 'granted' || does === 'answered' ? 1 : 0);
        }
      }
    }
  }

  run(): Replayed | undefined {
    let ms = 0;
    for (const worker of this.#workers) this.#takeJob(worker);
    for (let due = this.#events.pop(); due; due = this.#events.pop()) {
      this.#pass(due.at);
      if (due.step) {
        this.#do(due.step, due.worker);
        ms = this.#toldMs;
      } else this.#comesBack(due.need);
    }
    if (this.#left > 0) return undefined;
    const [tookMs, atWorkMs, waitedFor] = [this.#tookMs, this.#atWorkMs, this.#waitedFor];
    return { ms, tookMs, atWorkMs, waitedFor };
  }

  #pass(until: number): void {
    const ms = until - this.#now;
    if (until > this.#sinceMs) {
      this.#atWorkMs[this.#atWork]! += Math.min(ms, until - this.#sinceMs);
    }
    this.#toldMs += ms * this.#pace(this.#atWork);
    this.#now = until;
  }

  #takeJob(worker: Worker): void {
    const { crew } = worker;
    const index = this.#next.get(crew)!;
    const job = crew.jobs[index];
    if (!job) {
      for (const demand of worker.held.splice(0)) this.#release(demand);
      return;
    }
    this.#next.set(crew, index + 1);
    worker.left = job.steps.length;
    for (const step of job.first) this.#plan(step, worker);
  }

  /** All before it is done, but for a grant that it may stand for. */
  #plan(step: Step, worker: Worker): void {
    if (this.#pending[step.id]! > 0) return;
    if (worker.underWay++ === 0) this.#atWork++;
    this.#events.add({ at: this.#due(step), step, worker });
  }

  /** When it will have taken its time, from now. */
  #due({ id, delayMs }: Step | Need): number {
    this.#tookMs[id] = -this.#toldMs;
    return this.#now + (this.#delaysMs ? this.#delaysMs[id]! : delayMs);
  }

  #do(step: Step, worker: Worker): void {
    const { id, does, demand, next } = step;
    this.#tookMs[id]! += this.#toldMs;
    if (does === 'request') this.#request(demand!, worker);
    if (does === 'release') this.#release(demand!);
    this.#left--;
    for (const each of next) {
      this.#pending[each.id]!--;
      this.#plan(each, worker);
    }
    if (--worker.left === 0) this.#takeJob(worker);
    if (--worker.underWay === 0) this.#atWork--;
  }

  #request(demand: Demand, worker: Worker): void {
    const brings = demand.brings!;
    if (brings.does === 'answered') {
      const { pool } = demand.needs[0]!;
      if (this.#free[pool]! < this.#sizes[pool]!) {
        this.#watching.push({ pool, step: brings, worker });
      } else this.#bring(brings, worker);
      return;
    }
    const waiting = { demand, worker };
    for (const { pool } of demand.needs) this.#waiting[pool]!.push(waiting);
    if (this.#fits(waiting)) return this.#grant(waiting);
    for (const { pool } of demand.needs) this.#waitedFor[pool] = true;
  }

  #bring(step: Step, worker: Worker): void {
    if (this.#had[step.id]) return;
    this.#had[step.id] = 1;
    this.#pending[step.id]!--;
    this.#plan(step, worker);
  }

  #release({ needs }: Demand): void {
    for (const need of needs) {
      if (need.delayMs > 0) this.#events.add({ at: this.#due(need), step: undefined, need });
      else this.#free[need.pool]! += need.count - need.lost;
      this.#tellWatchers(need.pool);
    }
    for (const { pool } of needs) this.#serve(pool);
  }

  #comesBack({ id, pool, count, lost }: Need): void {
    this.#tookMs[id]! += this.#toldMs;
    this.#free[pool]! += count - lost;
    this.#serve(pool);
  }

  #tellWatchers(pool: number): void {
    for (let i = this.#watching.length - 1; i >= 0; i--) {
      const { step, worker, pool: watched } = this.#watching[i]!;
      if (watched !== pool) continue;
      this.#watching.splice(i, 1);
      this.#bring(step, worker);
    }
  }

  /** Those who wait for the pool, of which more is free. Others could not be served before either. */
  #serve(pool: number): void {
    const queue = this.#waiting[pool]!;
    let left = this.#free[pool]!;
    for (let i = 0; left > 0 && i < queue.length; ) {
      const each = queue[i]!;
      left -= each.demand.needs.find((need) => need.pool === pool)!.count;
      if (this.#fits(each)) this.#grant(each);
      else i++;
    }
  }

  /** What older ones have claimed and cannot be given yet is not for younger ones. */
  #fits(waiting: Waiting): boolean {
    return waiting.demand.needs.every(({ pool, count }) => {
      let left = this.#free[pool]! - count;
      for (const older of this.#waiting[pool]!) {
        if (older === waiting || left < 0) break;
        for (const need of older.demand.needs) if (need.pool === pool) left -= need.count;
      }
      return left >= 0;
    });
  }

  #grant(waiting: Waiting): void {
    const { demand, worker } = waiting;
    for (const { pool, count } of demand.needs) {
      const queue = this.#waiting[pool]!;
      queue.splice(queue.indexOf(waiting), 1);
      this.#free[pool]! -= count;
    }
    if (demand.lasting) worker.held.push(demand);
    this.#bring(demand.brings!, worker);
  }
}
