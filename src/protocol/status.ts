import type { Holder } from './holder.ts';

/** How a broker stands at one moment: names and times, never a value. The lists are cut, `totals` are not. */
export interface Status {
  /** Those of the config, in its order; then the locks, semaphores and slots in use. */
  pools: PoolStatus[];
  /** Oldest first. */
  leases: LeaseStatus[];
  /** In the order of asking. */
  waiters: WaiterStatus[];
  /** Keys of values, in order. */
  keys: string[];
  /** Rate limits in use. */
  limits: LimitStatus[];
  /** Barriers at which somebody waits. */
  barriers: BarrierStatus[];
  /** How many there are of each. */
  totals: { [Name in Listed]: number };
}

export type Listed = 'pools' | 'leases' | 'waiters' | 'keys' | 'limits' | 'barriers';

export interface PoolStatus {
  /** `accounts`, `lock:db`, `slot:tenant`. */
  name: string;
  size: number;
  held: number;
  /** On the way back: cooling down, being reset, or about to be tried again. */
  returning: number;
  /** Out of use: retired, or quarantined. */
  lost: number;
  waiting: number;
}

export interface LeaseStatus extends Holder {
  lease: string;
  /** The pools that it is of, each once. */
  pools: string[];
  /** Of a single resource, its place in the pool. */
  resource?: number;
  heldMs: number;
}

export interface WaiterStatus extends Holder {
  /** What it waits for: `accounts`, `lock:db`, `barrier:seed`, `limit:api`. */
  pools: string[];
  waitedMs: number;
  /** Until it times out; of a rate limit, until it passes. */
  leftMs: number;
}

export interface LimitStatus {
  name: string;
  count: number;
  perMs: number;
  /** Passes that are reserved, and due later. */
  waiting: number;
}

export interface BarrierStatus {
  name: string;
  parties: number;
  arrived: number;
}
