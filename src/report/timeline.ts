import type { JournalEvent, WaitEnd } from '../core/journal.ts';
import type { EndReason, Identity, Purpose } from '../protocol/messages.ts';
import { getOr } from './get-or.ts';
import type { JournalFile, Machine } from './journal-file.ts';

/** What became of a run: who had what, and who waited for it. Times are the broker's running time, in milliseconds. */
export interface Timeline {
  from: number;
  to: number;
  /** The wall clock at `from`, in milliseconds since 1970. */
  startedAt: number;
  /** The journal has lost its beginning, and with it what ended or was granted before. */
  truncated: boolean;
  machine: Machine | undefined;
  /** In the order of the config, then as they came to be used. */
  pools: PoolUse[];
  /** In the order in which they began. */
  leases: LeaseSpan[];
  waits: WaitSpan[];
  /** In the order in which they began: what kept resources from use between leases. */
  absences: AbsenceSpan[];
  sessions: SessionSpan[];
}

/** Limits and barriers are waited for, and never held. */
export type PoolKind = 'pool' | 'lock' | 'semaphore' | 'slot' | 'once' | 'limit' | 'barrier';

export interface PoolUse {
  /** `accounts`, `lock:db`, `slot:tenant`, `limit:api`. */
  name: string;
  kind: PoolKind;
  /** Of a pool of the config as the config has it, else as many as were ever in use at once; 0 of what is never held. */
  size: number;
  /** The indexes of its resources, rising: those of the config, and whatever else was used. */
  lanes: number[];
  /** The most that were held at once. */
  peak: number;
}

/** One resource in the hands of one holder. A lease of several resources has a span for each. */
export interface LeaseSpan {
  lease: string;
  pool: string;
  resource: number;
  session: number;
  identity: Identity;
  purpose: Purpose;
  ticket: number;
  from: number;
  /** Of one that was still held: the end of the journal. */
  to: number;
  waitedMs: number;
  heldMs: number;
  /** Absent while it was still held. */
  end: EndReason | undefined;
  /** What its holder said of its end. */
  why: string | undefined;
}

/** A request that was not answered at once. */
export interface WaitSpan {
  ticket: number;
  /** One for each of its wants. */
  pools: string[];
  session: number;
  identity: Identity;
  purpose: Purpose;
  from: number;
  to: number;
  /** Absent while it still waited. */
  outcome: 'granted' | WaitEnd | undefined;
}

/** A resource that nobody could have. The last two are for good. */
export interface AbsenceSpan {
  pool: string;
  resource: number;
  state: 'checking' | 'cooling' | 'resetting' | 'quarantined' | 'retired';
  from: number;
  to: number;
}

/** A client: a worker process, mostly. */
export interface SessionSpan {
  session: number;
  identity: Identity;
  from: number;
  /** Of one that was still connected: the end of the journal. */
  to: number;
}

/** What the journal's events tell of a run, put together. */
export function timelineOf({
  events,
  pools,
  machine,
  sessions = [],
}: Pick<JournalFile, 'events' | 'pools'> & Partial<JournalFile>): Timeline {
  const first = events[0];
  const truncated = first !== undefined && !(first.type === 'session' && first.session === 1);
  const from = truncated ? first.ms : 0;
  const to = events.at(-1)?.ms ?? from;
  const reader = new Reader(pools, from, to);
  for (const { session, identity } of sessions) reader.connected(session, identity);
  for (const event of events) reader.read(event);
  return {
    from,
    to,
    startedAt: first ? first.at - (first.ms - from) : 0,
    truncated,
    machine,
    pools: [...reader.uses.values()].map((use) => use.told()),
    leases: [...reader.leases.values()].flat(),
    waits: [...reader.waits.values()],
    absences: reader.absences,
    sessions: [...reader.sessions.values()],
  };
}

class Reader {
  readonly leases = new Map<string, LeaseSpan[]>();
  readonly waits = new Map<number, WaitSpan>();
  readonly absences: AbsenceSpan[] = [];
  readonly sessions = new Map<number, SessionSpan>();
  readonly #absent = new Map<string, AbsenceSpan>();
  readonly uses = new Map<string, Use>();
  readonly #from: number;
  readonly #to: number;

  constructor(defined: JournalFile['pools'], from: number, to: number) {
    this.#from = from;
    this.#to = to;
    for (const { name, size } of defined) this.#use(name).size = size;
  }

  /** Before the first event. */
  connected(session: number, identity: Identity): void {
    this.#session(session, identity, this.#from);
  }

  read(event: JournalEvent): void {
    const { ms } = event;
    switch (event.type) {
      case 'session':
        this.#session(event.session, event.identity, ms);
        break;
      case 'session_end':
        this.#session(event.session, {}, this.#from).to = ms;
        break;
      case 'wait': {
        const { ticket, pools, session, purpose } = event;
        const { identity } = this.#session(session, {}, this.#from);
        const span = { ticket, pools, session, identity, purpose, from: ms, to: this.#to };
        this.waits.set(ticket, { ...span, outcome: undefined });
        for (const pool of pools) this.#use(pool);
        break;
      }
      case 'wait_end':
        this.#waitEnds(event.ticket, event.reason, ms + (event.inMs ?? 0));
        break;
      case 'grant':
        this.#granted(event);
        break;
      case 'end':
        for (const span of this.leases.get(event.lease) ?? []) {
          span.to = ms;
          span.heldMs = ms - span.from;
          span.end = event.reason;
          span.why = event.why;
          this.#use(span.pool).held--;
        }
        break;
      case 'resource':
        this.#enters(event.pool, event.resource, event.state, ms);
    }
  }

  /** One whose beginning the journal has lost began before all else. */
  #session(session: number, identity: Identity, from: number): SessionSpan {
    return getOr(this.sessions, session, () => ({ session, identity, from, to: this.#to }));
  }

  #waitEnds(ticket: number, outcome: 'granted' | WaitEnd, ms: number): void {
    const wait = this.waits.get(ticket);
    if (!wait) return;
    // A pass may be told ahead of the end of the run.
    wait.to = Math.min(ms, this.#to);
    wait.outcome = outcome;
  }

  #granted(event: Extract<JournalEvent, { type: 'grant' }>): void {
    const { lease, resources, session, purpose, ticket, waitedMs, ms } = event;
    this.#waitEnds(ticket, 'granted', ms);
    const { identity } = this.#session(session, {}, this.#from);
    const holder = { lease, session, identity, purpose, ticket, waitedMs };
    const until = { from: ms, to: this.#to, heldMs: this.#to - ms, end: undefined, why: undefined };
    this.leases.set(
      lease,
      resources.map(({ pool, resource }) => {
        this.#comesBack(pool, resource, ms);
        this.#use(pool).take(resource);
        return { ...holder, pool, resource, ...until };
      }),
    );
  }

  #use(name: string): Use {
    return getOr(this.uses, name, () => new Use(name));
  }

  #enters(pool: string, resource: number, state: string, ms: number): void {
    this.#comesBack(pool, resource, ms);
    if (!isAbsence(state)) return;
    this.#use(pool).lanes.add(resource);
    const span = { pool, resource, state, from: ms, to: this.#to };
    this.absences.push(span);
    this.#absent.set(`${pool}#${resource}`, span);
  }

  #comesBack(pool: string, resource: number, ms: number): void {
    const key = `${pool}#${resource}`;
    const span = this.#absent.get(key);
    if (!span) return;
    span.to = ms;
    this.#absent.delete(key);
  }
}

const ABSENCES = ['checking', 'cooling', 'resetting', 'quarantined', 'retired'] as const;

const isAbsence = (state: string): state is AbsenceSpan['state'] =>
  (ABSENCES as readonly string[]).includes(state);

/** The names of the config's pools have no colon. */
const kindOf = (name: string): PoolKind =>
  name.includes(':') ? (name.slice(0, name.indexOf(':')) as PoolKind) : 'pool';

class Use {
  readonly name: string;
  readonly lanes = new Set<number>();
  size: number | undefined;
  held = 0;
  #peak = 0;

  constructor(name: string) {
    this.name = name;
  }

  take(resource: number): void {
    this.lanes.add(resource);
    this.#peak = Math.max(this.#peak, ++this.held);
  }

  told(): PoolUse {
    const { name, lanes, size } = this;
    // Of a shard's part the resources are told by their places in the whole, which only use tells.
    for (let index = 0; lanes.size < (size ?? 0); index++) lanes.add(index);
    const kind = kindOf(name);
    const held = kind !== 'limit' && kind !== 'barrier';
    const rising = [...lanes].sort((a, b) => a - b);
    return {
      name,
      kind,
      size: size ?? (held ? Math.max(1, this.#peak) : 0),
      lanes: rising,
      peak: this.#peak,
    };
  }
}
