import { quoted, warn } from '../protocol/errors.ts';
import { beside, failureOf } from './beside.ts';

/** What is to be done about a value that was made. */
interface Disposal {
  key: string;
  timeoutMs: number;
  run(): unknown;
}

/** What may yet give a value to dispose of, until it has ended. */
interface AtWork {
  key: string;
  ended: Promise<unknown>;
  /** When its time is over, on the clock of `performance`. */
  until: number;
}

/** What is left to be disposed of at the end of a run: each thing once, the last first. */
export class Disposals {
  /** In the order in which they came; the one whose turn it is as well. */
  readonly #left: Disposal[] = [];
  readonly #atWork = new Set<AtWork>();
  /** All that was to be disposed of so far. Never fails. */
  #disposing: Promise<void> = Promise.resolve();
  /** What comes from now on is late. */
  #over = false;

  add(disposal: Disposal): void {
    this.#left.push(disposal);
    if (this.#over) void this.#disposeOfAll();
  }

  /** Something of that key may come of it. */
  mayCome(key: string, making: Promise<unknown>, timeoutMs: number): void {
    const until = performance.now() + timeoutMs;
    const atWork = { key, until, ended: making.catch(() => {}) };
    this.#atWork.add(atWork);
    atWork.ended.then(() => this.#atWork.delete(atWork));
  }

  /** Of all that has not been disposed of, or may yet come. */
  get keys(): string[] {
    return [...this.#left, ...this.#atWork].map(({ key }) => key);
  }

  /**
   * Of what is there; and of what those who are still at work make, when they have ended, or had
   * their time. What fails is told on stderr, where the config's author reads.
   */
  async dispose(): Promise<void> {
    this.#over = true;
    const now = performance.now();
    // Whoever takes longer is late, or was so already.
    const inTime = [...this.#atWork].filter(({ until }) => until > now);
    const leftMs = Math.max(...inTime.map(({ until }) => until - now));
    await this.#disposeOfAll();
    if (inTime.length === 0) return;
    const all = () => Promise.all(inTime.map(({ ended }) => ended));
    await beside(leftMs, all, { keepAlive: true }).catch(() => {});
    await this.#disposeOfAll();
  }

  /** Also of what comes meanwhile. One loop at a time: two would not have the last come first. */
  #disposeOfAll(): Promise<void> {
    this.#disposing = this.#disposing.then(() => this.#oneByOne());
    return this.#disposing;
  }

  async #oneByOne(): Promise<void> {
    for (let last = this.#left.at(-1); last; last = this.#left.at(-1)) {
      const { key, timeoutMs, run } = last;
      try {
        await beside(timeoutMs, run, { keepAlive: true });
      } catch (error) {
        warn(failureOf(`the dispose of ${quoted(key)}`, error));
      }
      // Others may have come behind it meanwhile.
      this.#left.splice(this.#left.lastIndexOf(last), 1);
    }
  }
}
