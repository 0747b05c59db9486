/**
 * Every numeric limit of the broker, each with its reason. A config may change any of them under
 * `limits`. Bytes are counted before anything is parsed where that applies.
 */
export interface Limits {
  /** One line of the wire. Four times the largest value: its JSON may be escaped, and the rest of the request rides along. */
  maxLineBytes: number;
  /** One line before authentication: room for an identity, too little to hurt in large numbers. */
  maxUnauthenticatedLineBytes: number;
  /** One value as JSON. Values are settings and tokens, not files. */
  maxValueBytes: number;
  /** A key, and the name of a pool, lock or slot. */
  maxKeyBytes: number;
  /** Nesting of a value. Deeper ones exhaust the stack of whoever walks them. */
  maxDepth: number;
  /** Values in the store, together. */
  maxStoreBytes: number;
  /** Values in the store. */
  maxItems: number;
  /** Connections at once. Beyond the 2,000 that a large run opens, below a usual limit of file descriptors. */
  maxConnections: number;
  /** Leases held at once, over all pools, locks and slots. */
  maxLeases: number;
  /** Requests that wait in queues at once, over all pools. */
  maxWaiters: number;
  /** Locks and slot families that exist at once; each lives while it is held or waited for. */
  maxImplicitPools: number;
  /** Output that one connection leaves unread before it is closed. */
  maxOutputBytes: number;
  /** Output that one connection leaves unread before no more of its requests are read. */
  pauseOutputBytes: number;
  /** Time from connecting to being authenticated, in milliseconds of the broker's running time. */
  handshakeMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxLineBytes: 1_048_576,
  maxUnauthenticatedLineBytes: 4_096,
  maxValueBytes: 262_144,
  maxKeyBytes: 1_024,
  maxDepth: 64,
  maxStoreBytes: 67_108_864,
  maxItems: 100_000,
  maxConnections: 4_096,
  maxLeases: 65_536,
  maxWaiters: 16_384,
  maxImplicitPools: 65_536,
  maxOutputBytes: 8_388_608,
  pauseOutputBytes: 262_144,
  handshakeMs: 10_000,
};

/** A lease lives this long without a renewal. The client renews at a third of it. */
export const DEFAULT_LEASE_TTL_MS = 30_000;
/** The shortest lease: a stall of the broker costs a lease two beats at most, and must not cost all of it. */
export const MIN_LEASE_TTL_MS = 100;
/** A request waits this long for a lease. */
export const DEFAULT_WAIT_MS = 60_000;
/** A client gives up on a broker that has not answered for this long (beyond the wait that it asked for). */
export const UNRESPONSIVE_MS = 30_000;
/** On stop, replies in flight get this long to go out. */
export const DRAIN_MS = 2_000;
/** How often the broker marks its running time, and looks for what has expired. */
export const HEARTBEAT_MS = 50;
/** A port found taken by a stranger is looked at again after this long. */
export const RECHECK_MS = 1_000;
/** Keys in one `list` reply. */
export const LIST_PAGE = 1_000;
