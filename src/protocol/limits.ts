/**
 * The limits that a config may change, under `limits`. Bytes are counted before anything is parsed
 * where that applies.
 */
export interface Limits {
  /** One line of the wire. Four times the largest value: its JSON may be escaped, and the rest of the request rides along. */
  maxLineBytes: number;
  /** One line before authentication: room for an identity, too little to hurt in large numbers. */
  maxUnauthenticatedLineBytes: number;
  /** One value as JSON. Values are settings and tokens, not files. */
  maxValueBytes: number;
  /** A key, and the name of a pool, lock or slot. Long enough for a path or a URL. */
  maxKeyBytes: number;
  /** Nesting of a value. Deeper ones exhaust the stack of whoever walks them. */
  maxDepth: number;
  /** Values in the store, together: memory that a test runner's main process can spare. */
  maxStoreBytes: number;
  /** Values in the store. At this many small ones the bytes are not the bound any more. */
  maxItems: number;
  /** Connections at once. Beyond the 2,000 that a large run opens, below a usual limit of file descriptors. */
  maxConnections: number;
  /** Leases held at once, over all pools, locks and slots. Far above what a run has workers and resources. */
  maxLeases: number;
  /** Requests that wait in queues at once, over all pools. Far above what a run has tests at once. */
  maxWaiters: number;
  /** Locks and slot families that exist at once; each lives while it is held or waited for. */
  maxImplicitPools: number;
  /** Output that one connection leaves unread before it is closed. Several of the longest lines. */
  maxOutputBytes: number;
  /** Output that one connection leaves unread before no more of its requests are read. Enough to keep a slow reader busy. */
  pauseOutputBytes: number;
  /** Time from connecting to being authenticated, in milliseconds of the broker's running time. A busy machine starts workers slowly. */
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
/** A request waits this long for a lease: longer than most tests take, shorter than a CI job's patience. */
export const DEFAULT_WAIT_MS = 60_000;
/** A request that has waited this long is told whom it waits for, once. Longer than tests usually hold a thing, shorter than a patient person waits before asking why nothing moves. */
export const NOTICE_MS = 5_000;
/** A client gives up on a broker that has not answered for this long (beyond the wait that it asked for). Longer than a runner's main process is busy at a time. */
export const UNRESPONSIVE_MS = 30_000;
/** A pass of a rate limit is told this long ahead: longer than the loop of a busy runner's main process is usually blocked, so that it comes in time; and short, since what has been told is spent where its caller gives up. */
export const PASS_LEAD_MS = 200;
/** A check or a reset of a resource has failed after this long: whoever waits for it must not wait for ever. */
export const HOOK_MS = 30_000;
/** Between a provider that takes too long and the end of the wait for it: who waits is to learn why there is no value. */
export const PROVIDED_GRACE_MS = 1_000;
/** A middleware calls `next` within this: further requests of the same client wait meanwhile, renewals of its leases among them, which come at a third of 30 s. */
export const MIDDLEWARE_MS = 10_000;
/** How long "now or never" waits for the check of what it would get: less than the client's patience. */
export const NOW_MS = 10_000;
/** Characters of why a value was not made: all who waited for it are told. */
export const MAX_FAILURE = 2_000;
/** Nesting of the details of an error that a config or a plugin has thrown: they are facts for programs, not values. */
export const MAX_DETAILS_DEPTH = 8;
/** Names of workers, files and tests are cut here: they are for reading, and the journal keeps many. */
export const MAX_LABEL = 300;
/** UTF-16 code units of an id that is a text: it goes into each reply. */
export const MAX_ID_LENGTH = 256;
/** Wants of one request. More than that is a list that somebody made by program, and by mistake. */
export const MAX_WANTS = 100;
/** Characters of each name in a line of `requestLog`: nobody has looked at the request so far, and a line is to be read. */
export const MAX_LOGGED_NAME = 300;
/** Scopes that a request names. Blocks nest, but not without end. */
export const MAX_SCOPES = 32;
/** Texts, numbers, lists and the like in one filter. Each may be held against each value of a pool, and nobody is served meanwhile. */
export const MAX_FILTER_PARTS = 1_000;
/** What the command under `once` may print, and `set` reads: far above what a value may have. */
export const MAX_GATHERED = 16 * 1_048_576;
/** On stop, replies in flight get this long to go out. Nobody waits longer for a runner to end. */
export const DRAIN_MS = 2_000;
/** A process that dies of a signal waits this long for what is to be disposed of: a person who pressed Ctrl-C has no patience for more. */
export const FAREWELL_MS = 5_000;
/** How often the broker marks its running time, and looks for what has expired. Often enough for the shortest lease, seldom enough not to be felt. */
export const HEARTBEAT_MS = 50;
/** A resource whose check or reset failed (a port found taken by a stranger, say) is tried again after this long. Servers live for seconds, not milliseconds. */
export const RETRY_MS = 1_000;
/** Each further try comes twice as late, up to this: long enough not to hammer what is down, short enough for it to serve again in the same run. */
export const MAX_RETRY_MS = 30_000;
/** Rows of each list in one `status` reply: more than anybody reads at a glance. */
export const STATUS_ROWS = 500;
/** Keys in one `list` reply: at the longest they still fit into the output that a client may leave unread. */
export const LIST_PAGE = 1_000;
