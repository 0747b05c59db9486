import type { Resource } from './resource.ts';
import type { Hooks } from './returns.ts';
import type { Waiter } from './waiters.ts';

/** What is done with the answers. */
export interface Checked {
  /** The waiter has its ticket back, and is to have what it had, where that is free in a moment. */
  waits(waiter: Waiter, had: Resource[][]): void;
  usable(resource: Resource): void;
  unusable(resource: Resource): void;
  /** Somebody was answered: to be taken by `take`, now or by the pass that runs. */
  answered(waiter: Waiter): void;
}

/**
 * Checks of resources before they are granted.
 *
 * While they run the waiter counts as granted; afterwards it has its ticket back, and what was found
 * usable is free, and is not checked again in the passes that follow at once: the waiter gets it,
 * unless it is by then the turn of an older one that needs some of it.
 */
export class Checks {
  readonly #check: Hooks['check'];
  readonly #checked: Checked;
  /** In the midst of a grant pass an answer would change what the pass has seen. */
  readonly #answers: (() => void)[] = [];
  readonly #verified: Resource[] = [];

  constructor(check: Hooks['check'], checked: Checked) {
    this.#check = check;
    this.#checked = checked;
  }

  /** Whether answers have come since they were taken last. */
  get answered(): boolean {
    return this.#answers.length > 0;
  }

  /** Whether something that the waiter asks for is checked before it is granted. */
  needed({ claims }: Waiter): boolean {
    return claims.some(({ pool }) => pool.care.checked);
  }

  /** Checks the resources for a waiter, where they need it; whether they do. */
  start(waiter: Waiter, taken: Resource[][]): boolean {
    if (!this.needed(waiter)) return false;
    const resources = taken.flat();
    const unchecked = resources.filter(({ pool, verified }) => pool.care.checked && !verified);
    if (unchecked.length === 0) return false;
    for (const resource of resources) resource.state = 'checking';
    waiter.checking = taken;
    const usable = new Set(resources);
    let left = unchecked.length;
    for (const resource of unchecked) {
      let answered = false;
      this.#check(resource, (works) => {
        if (answered) return;
        answered = true;
        if (!works) usable.delete(resource);
        if (--left > 0) return;
        this.#answers.push(() => this.#finish(waiter, taken, usable));
        this.#checked.answered(waiter);
      });
    }
    return true;
  }

  /** Takes the answers that have come. */
  take(): void {
    if (this.answered) for (const finish of this.#answers.splice(0)) finish();
  }

  /** What was found usable and not granted must be checked anew. */
  forget(): void {
    if (this.#verified.length === 0) return;
    for (const resource of this.#verified.splice(0)) resource.verified = false;
  }

  #finish(waiter: Waiter, taken: Resource[][], usable: Set<Resource>): void {
    waiter.checking = undefined;
    this.#checked.waits(waiter, taken);
    for (const resource of taken.flat()) {
      if (!usable.has(resource)) {
        this.#checked.unusable(resource);
        continue;
      }
      resource.verified = true;
      this.#verified.push(resource);
      this.#checked.usable(resource);
    }
  }
}
