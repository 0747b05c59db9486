import { HEARTBEAT_MS, MAX_RETRY_MS, RETRY_MS } from '../protocol/limits.ts';
import type { EndReason } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';
import { Expiry } from './expiry.ts';
import type { Journal } from './journal.ts';
import type { Resource, ResourceState } from './resource.ts';

/** In what way a resource came back. */
export interface Return {
  reason: EndReason;
  /** What its holder did with it may not be finished, or is not undone: it said so, or did not get to say anything. */
  dirty: boolean;
}

/** What runs beside the core, and answers once: whether the resource can be used. */
export interface Hooks {
  /** Before a grant. May answer at once. */
  check(resource: Resource, answer: (usable: boolean) => void): void;
  /** Before the resource is free again. May answer at once. */
  reset(resource: Resource, after: Return, answer: (usable: boolean) => void): void;
  /** Too many of them failed. */
  quarantined(resource: Resource): void;
}

/** What becomes of a resource; and that this is all for now, where it was not asked for. */
export interface Fates {
  free(resource: Resource): void;
  gone(resource: Resource): void;
  settle(): void;
}

/**
 * The way of a resource from the end of its lease, or from a check that failed, to where it is free.
 *
 * It rests for its pool's cooldown, then it is reset. What fails is tried again, each time after
 * twice as long; as often as its pool says, then it is quarantined.
 */
export class Returns {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #hooks: Hooks;
  readonly #fates: Fates;
  readonly #cooling = new Expiry<Resource>(HEARTBEAT_MS);
  /** Those that are to be reset, and what they come back from. */
  readonly #due = new Map<Resource, Return>();

  constructor(clock: Clock, journal: Journal, hooks: Hooks, fates: Fates) {
    this.#clock = clock;
    this.#journal = journal;
    this.#hooks = hooks;
    this.#fates = fates;
  }

  /** A lease has ended. */
  back(resource: Resource, after: Return): void {
    const { reset, cooldownMs = 0 } = resource.pool.care;
    if (after.reason === 'retired') return this.#lose(resource, 'retired');
    if (reset) this.#due.set(resource, after);
    if (cooldownMs > 0) this.#cool(resource, cooldownMs);
    else this.#goOn(resource);
  }

  /** A check has found it unusable. What a reset can mend, it mends. */
  unusable(resource: Resource): void {
    if (resource.pool.care.reset) this.#due.set(resource, { reason: 'released', dirty: true });
    this.#failed(resource);
  }

  sweep(now: number): void {
    this.#cooling.sweep(now, (resource) => this.#goOn(resource));
  }

  #goOn(resource: Resource): void {
    const after = this.#due.get(resource);
    if (!after) return this.#free(resource);
    this.#enter(resource, 'resetting');
    let answered = false;
    let atOnce = true;
    this.#hooks.reset(resource, after, (usable) => {
      if (answered) return;
      answered = true;
      if (usable) {
        this.#due.delete(resource);
        this.#free(resource);
      } else this.#failed(resource);
      // An answer at once is a part of what has brought it here, which settles when it is done.
      if (!atOnce) this.#fates.settle();
    });
    atOnce = false;
  }

  /** The journal need not be told where it was on no way: the end of the lease says it. */
  #free(resource: Resource): void {
    if (resource.state !== 'held') this.#enter(resource, 'free');
    this.#fates.free(resource);
  }

  #failed(resource: Resource): void {
    const { tries } = resource.pool.care;
    resource.failures++;
    if (tries !== undefined && resource.failures >= tries) {
      this.#due.delete(resource);
      this.#lose(resource, 'quarantined');
      this.#hooks.quarantined(resource);
      return;
    }
    // Without a bound, as for ports, trying costs nothing: no need to wait longer each time.
    const doublings = tries === undefined ? 0 : resource.failures - 1;
    this.#cool(resource, Math.min(RETRY_MS * 2 ** doublings, MAX_RETRY_MS));
  }

  #cool(resource: Resource, ms: number): void {
    resource.deadline = this.#clock.running() + ms;
    this.#enter(resource, 'cooling');
    this.#cooling.add(resource);
  }

  #lose(resource: Resource, state: 'quarantined' | 'retired'): void {
    this.#enter(resource, state);
    this.#fates.gone(resource);
  }

  #enter(resource: Resource, state: ResourceState): void {
    resource.state = state;
    this.#journal.entered(resource, state);
  }
}
