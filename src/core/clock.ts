/**
 * The three times of the broker, in milliseconds. The core reads no other clock.
 */
export interface Clock {
  /** Since the start, sleep of the machine included: what TTLs of values count. Never goes back. */
  elapsed(): number;
  /**
   * Since the start, as far as this process was seen to run: what TTLs of leases and waits count.
   * Stands still while the process is stopped or its event loop is blocked, so that no holder loses
   * a lease because the broker was late to read its renewal. Never goes back.
   */
  running(): number;
  /** The wall clock, for people and for absolute times of expiry only. */
  wall(): number;
}
