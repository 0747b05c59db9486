import type { EndReason, Identity, Purpose } from '../protocol/messages.ts';
import type { Clock } from './clock.ts';

/** What happened. Resources are told by pool and index: never a value, never a secret. */
export type Happening =
  | { type: 'session'; session: number; identity: Identity }
  | { type: 'session_end'; session: number }
  | { type: 'wait'; ticket: number; pool: string; session: number; purpose: Purpose }
  | { type: 'wait_end'; ticket: number; reason: WaitEnd }
  | {
      type: 'grant';
      ticket: number;
      lease: string;
      pool: string;
      resource: number;
      session: number;
      purpose: Purpose;
      waitedMs: number;
    }
  | { type: 'end'; lease: string; reason: EndReason; heldMs: number };

/** Why a wait ended without a grant. */
export type WaitEnd = 'timeout' | 'cancelled' | 'disconnected' | 'stopped';

/** `at`: the wall clock; `ms`: running time since the start. */
export type JournalEvent = Happening & { at: number; ms: number };

/** The last `capacity` events, oldest first. */
export class Journal {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #ring: JournalEvent[] = [];
  #next = 0;

  constructor(clock: Clock, capacity = 50_000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  add(happening: Happening): void {
    const event = { at: this.#clock.wall(), ms: this.#clock.running(), ...happening };
    this.#ring[this.#next] = event;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** How a lease ended, if that is still in the ring. */
  lastEnd(lease: string): Extract<JournalEvent, { type: 'end' }> | undefined {
    for (const event of this.#ring) if (event.type === 'end' && event.lease === lease) return event;
    return undefined;
  }

  events(): JournalEvent[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}
