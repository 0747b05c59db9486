import type { JournalEvent } from '../core/journal.ts';
import { BrokerError } from '../protocol/errors.ts';
import type { Identity } from '../protocol/messages.ts';

/** A journal as its file tells it. */
export interface JournalFile {
  /** Of the package that wrote it. */
  version: string;
  /** Absent where each shard had all of every pool. */
  shard: { current: number; total: number } | undefined;
  /** Those of the config; locks, semaphores, slots and computations are told by the events alone. */
  pools: { name: string; size: number }[];
  /** From the first client on; absent where the system did not tell. */
  machine: Machine | undefined;
  /** Who was connected before the first event that is left. */
  sessions: { session: number; identity: Identity }[];
  events: JournalEvent[];
  /** The last line was cut off, as by a full disk: what it told is missing. */
  cutOff: boolean;
}

/** How many processors there were; how many, in the mean, the broker's process and those that it started kept busy, and how many the others. */
export interface Machine {
  processors: number;
  own: number;
  others: number;
}

/** The newest format that is read here. */
const FORMAT = 1;
/** With which each journal begins, also one that was cut off early. */
const BEGINNING = '{"journal":';
/** Far above what a run has: each is given a lane of the timeline, so a damaged number must not fill the memory. */
const MAX_RESOURCES = 1_000_000;

/** What each event must have, to be read. Events of other types are of no concern here. */
const FIELDS: Record<JournalEvent['type'], Record<string, 'number' | 'string' | 'object'>> = {
  session: { session: 'number', identity: 'object' },
  session_end: { session: 'number' },
  wait: { ticket: 'number', pools: 'object', session: 'number', purpose: 'object' },
  wait_end: { ticket: 'number', reason: 'string' },
  grant: {
    ticket: 'number',
    lease: 'string',
    resources: 'object',
    session: 'number',
    purpose: 'object',
    waitedMs: 'number',
  },
  end: { lease: 'string', reason: 'string', heldMs: 'number' },
  resource: { pool: 'string', resource: 'number', state: 'string' },
};

/**
 * Reads the text of a journal's file; `source` names it in messages. A last line that was cut off is
 * left out, and told.
 *
 * @throws BrokerError `bad_journal`: it is none, is damaged, or is of a later version.
 */
export function parseJournal(text: string, source: string): JournalFile {
  const lines = text.split('\n');
  const last = lines.pop()!;
  // What has no end is cut off, unless only its line feed is missing.
  const cutOff = last !== '' && !isWhole(last);
  if (last !== '' && !cutOff) lines.push(last);
  if (text === '') throw bad(source, 1, 'is empty, as where a disk was full');
  if (lines.length === 0 && text.startsWith(BEGINNING)) {
    throw bad(source, 1, 'is cut off, as where a disk was full, and nothing follows it');
  }
  const header = headerOf(lines[0], source);
  const events: JournalEvent[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.trim() === '') continue;
    const event = objectOf(lines[i]!);
    const wrong = event ? problemOf(event) : 'is not a JSON object';
    if (wrong) throw bad(source, i + 1, `${wrong}. The file is damaged, or was changed`);
    if (Object.hasOwn(FIELDS, event!.type as string)) {
      events.push(event as unknown as JournalEvent);
    }
  }
  return { ...header, events, cutOff };
}

function headerOf(
  line: string | undefined,
  source: string,
): Omit<JournalFile, 'events' | 'cutOff'> {
  const header = line === undefined ? undefined : objectOf(line);
  const format = header?.journal;
  if (!header || typeof format !== 'number') {
    throw bad(source, 1, 'does not begin a journal of ephemeral-broker');
  }
  const version = String(header.version);
  if (format !== FORMAT) {
    throw bad(
      source,
      1,
      `is of format ${format}, written by ephemeral-broker ${version}; this one reads format ${FORMAT}. Use the version that wrote it`,
    );
  }
  // Earlier versions told no sessions.
  const { pools, shard, machine, sessions = [] } = header;
  if (!Array.isArray(pools) || !pools.every(isPool) || !(shard === undefined || isShard(shard))) {
    throw bad(source, 1, 'has no such pools or shard as a journal has');
  }
  if (!(machine === undefined || isMachine(machine))) {
    throw bad(source, 1, 'has no such machine as a journal has');
  }
  if (!Array.isArray(sessions) || !sessions.every(isSession)) {
    throw bad(source, 1, 'has no such sessions as a journal has');
  }
  return { version, shard, pools, machine, sessions };
}

/** What is wrong with an event, or nothing. */
function problemOf(event: Fields): string | undefined {
  const { type } = event;
  if (typeof type !== 'string') return 'is no event: it has no type';
  if (!Number.isFinite(event.ms) || !Number.isFinite(event.at))
    return 'is no event: it has no time';
  if (!Object.hasOwn(FIELDS, type)) return undefined;
  for (const [name, kind] of Object.entries(FIELDS[type as JournalEvent['type']])) {
    const value = event[name];
    if (typeof value !== kind || value === null)
      return `is no event '${type}': its ${name} is missing`;
  }
  const { pools, resources, inMs } = event;
  if (type === 'wait_end' && inMs !== undefined && typeof inMs !== 'number') {
    return "is no event 'wait_end': its inMs is no number";
  }
  if (type === 'wait' && !isListOf(pools, (pool) => typeof pool === 'string')) {
    return "is no event 'wait': its pools are no list of names";
  }
  if (type === 'grant' && !isListOf(resources, isResource)) {
    return "is no event 'grant': its resources are no list of resources";
  }
  return undefined;
}

type Fields = Record<string, unknown>;

function objectOf(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Fields;
  } catch {
    return undefined;
  }
}

const isWhole = (line: string): boolean => objectOf(line) !== undefined;

const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(is);

const isPool = (value: unknown): value is { name: string; size: number } => {
  const { name, size } = Object(value) as Fields;
  if (typeof name !== 'string' || !Number.isSafeInteger(size)) return false;
  return (size as number) >= 0 && (size as number) <= MAX_RESOURCES;
};

const isShard = (value: unknown): value is { current: number; total: number } => {
  const { current, total } = Object(value) as Fields;
  return Number.isSafeInteger(current) && Number.isSafeInteger(total);
};

const isMachine = (value: unknown): value is Machine => {
  const { processors, own, others } = Object(value) as Fields;
  return [processors, own, others].every(Number.isFinite) && (processors as number) > 0;
};

const isSession = (value: unknown): value is { session: number; identity: Identity } => {
  const { session, identity } = Object(value) as Fields;
  return Number.isSafeInteger(session) && typeof identity === 'object' && identity !== null;
};

const isResource = (value: unknown): boolean => {
  const { pool, resource } = Object(value) as Fields;
  return typeof pool === 'string' && Number.isSafeInteger(resource);
};

const bad = (source: string, line: number, what: string): BrokerError =>
  new BrokerError('bad_journal', `${source}, line ${line}: ${what}.`, { source, line });
