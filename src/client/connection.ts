import type { Socket } from 'node:net';
import type { Address } from '../protocol/environment.ts';
import { BrokerError, brokerGone, closed } from '../protocol/errors.ts';
import { type FrameFault, LineDecoder } from '../protocol/frames.ts';
import { DRAIN_MS, UNRESPONSIVE_MS } from '../protocol/limits.ts';
import {
  type BrokerEvent,
  errorOf,
  type Identity,
  type Notice,
  type Reply,
} from '../protocol/messages.ts';
import { dial, unresponsive } from './dial.ts';
import { greet, type Welcome } from './handshake.ts';
import { clearTimer, nextTick, setTimer } from './real-time.ts';

/** One request in flight. Callbacks, since a promise more per request is felt. */
export interface Pending {
  /** Called even after a `broker_unresponsive`, if the answer comes all the same. */
  resolve(reply: Reply): void;
  reject(error: unknown): void;
  /** Set by the connection: the watchdog's tick at which the broker counts as unresponsive. */
  patience?: number;
}

/** How often requests in flight are looked at. A coarse tick: a timer for each costs a tenth of the client's time. */
const TICK_MS = 1_000;
/** Requests after which a tick's writes go out early: so that the broker begins while we still write. */
const BATCH = 16;
/** What comes before the welcome is short. */
const MAX_GREETING_BYTES = 65_536;

/**
 * One authenticated connection to a broker. Requests are pipelined: what is asked in one turn of the
 * event loop goes out in one write.
 *
 * It keeps the process alive only while somebody waits for an answer. When it ends, everyone who
 * waits gets the reason, and `onEnd` is told.
 */
export class Connection {
  readonly address: Address;
  /** Told of unasked lines. */
  onEvent: (event: BrokerEvent) => void = () => {};
  /** Who is to be told while a request waits, by its id. */
  readonly notices = new Map<number, (message: string, notice: Notice) => void>();
  /** Told once, when the connection is over, with what every later call will get. */
  onEnd: (error: BrokerError) => void = () => {};
  #socket!: Socket;
  readonly #inFlight = new Map<number, Pending>();
  /** How many of them somebody waits for: all but those that may take as long as they like. */
  #awaited = 0;
  #lastId = 0;
  #out = '';
  #queued = 0;
  #tick = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #over: BrokerError | undefined;
  /** The broker has said that it stops. */
  stopped = false;

  private constructor(address: Address) {
    this.address = address;
  }

  /**
   * Connects, proves the secret and has the broker prove it.
   *
   * @throws BrokerError `broker_gone`, `bad_address`, `broker_unresponsive`, `auth_failed`,
   * `auth_required`, `unsupported_version`.
   */
  static async open(
    address: Address,
    identity: Identity,
  ): Promise<{ connection: Connection; welcome: Welcome }> {
    const connection = new Connection(address);
    const decoder = new LineDecoder(
      MAX_GREETING_BYTES,
      (line) => connection.#take(line),
      (fault) => connection.#finish(badStream(address.pipe, fault)),
    );
    const socket = await dial(address.pipe, (chunk) => decoder.push(chunk));
    connection.#socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => connection.#lost(error.code ?? 'error'));
    socket.on('close', () => connection.#lost('it closed the connection'));
    try {
      const welcome = await greet(connection, identity);
      decoder.maxLineBytes = welcome.limits.maxOutputBytes;
      return { connection, welcome };
    } catch (error) {
      // Without a goodbye: what has not proved itself is told nothing.
      connection.#finish(error as BrokerError);
      throw error;
    }
  }

  /** Why this connection can no longer be used, or undefined. */
  get over(): BrokerError | undefined {
    return this.#over;
  }

  /**
   * Sends a request; `fields` is JSON text without braces (`"action":"get","key":"k"`). Returns its id.
   *
   * `waitMs`: how long the broker was asked to wait with its answer; infinite for one that may take
   * as long as it likes, and that keeps no process alive.
   */
  send(fields: string, pending: Pending, waitMs = 0): number {
    const id = ++this.#lastId;
    if (this.#over) {
      pending.reject(this.#over);
      return id;
    }
    const ticks = Math.ceil((waitMs + UNRESPONSIVE_MS) / TICK_MS);
    pending.patience = this.#tick + 1 + ticks;
    this.#inFlight.set(id, pending);
    if (ticks < Number.POSITIVE_INFINITY && ++this.#awaited === 1) this.#busy();
    this.#write(`{"id":${id},${fields}}\n`);
    return id;
  }

  /** Sends what this turn has asked for so far now, and not at its end: somebody may wait for it. */
  hurry(): void {
    this.#flush();
  }

  /** Sends a request whose answer does not matter; it does not keep the process alive. */
  tell(fields: string): void {
    if (!this.#over) this.#write(`{"id":0,${fields}}\n`);
  }

  request(fields: string, waitMs?: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.send(fields, { resolve, reject }, waitMs);
    });
  }

  /** Ends the connection; with it end all leases of its session. What is in flight is rejected with `closed`. */
  close(): void {
    if (this.#over) return;
    this.#write('{"action":"bye"}\n');
    this.#flush();
    this.#finish(closed());
  }

  #write(line: string): void {
    if (this.#out === '') nextTick(() => this.#flush());
    this.#out += line;
    if (++this.#queued >= BATCH) this.#flush();
  }

  #flush(): void {
    if (this.#out === '') return;
    const text = this.#out;
    this.#out = '';
    this.#queued = 0;
    if (!this.#over) this.#socket.write(text);
  }

  #take(line: string): void {
    if (this.#over) return;
    let reply: Reply & Partial<BrokerEvent>;
    try {
      reply = JSON.parse(line);
    } catch {
      return this.#finish(badStream(this.address.pipe, 'not_json'));
    }
    if (typeof reply !== 'object' || reply === null || Array.isArray(reply))
      return this.#finish(badStream(this.address.pipe, 'not_json'));
    if (reply.event !== undefined) return this.#hear(reply as BrokerEvent);
    const inFlight = this.#inFlight.get(reply.id as number);
    if (!inFlight) {
      // Answers to `tell` carry 0; a refusal without an id is about the connection as a whole.
      if (reply.id === undefined && !reply.ok) this.#finish(errorOf(reply));
      return;
    }
    this.#forget(reply.id as number, inFlight);
    if (reply.ok) inFlight.resolve(reply);
    else inFlight.reject(errorOf(reply));
  }

  #hear(event: BrokerEvent): void {
    if (event.event === 'goodbye') this.stopped = true;
    if (event.event === 'notice') {
      const tell = this.notices.get(event.request as number);
      // What it throws must not cost others the lines that came with it.
      if (tell) nextTick(() => tell(event.message, event.notice));
    }
    this.onEvent(event);
  }

  #lost(why: string): void {
    this.#finish(brokerGone(this.address.pipe, this.stopped ? 'it was stopped' : why));
  }

  #finish(error: BrokerError): void {
    if (this.#over) return;
    this.#over = error;
    this.#awaited = 0;
    this.#idle();
    // What was written still goes out: `end` before the socket is destroyed.
    this.#socket?.end();
    this.#socket?.unref();
    // One that never closes its end would keep the socket for as long as this process lives.
    setTimer(() => this.#socket?.destroy(), DRAIN_MS).unref();
    const waiting = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { reject } of waiting) reject(error);
    this.onEnd(error);
  }

  #forget(id: number, { patience }: Pending): void {
    this.#inFlight.delete(id);
    if (patience! < Number.POSITIVE_INFINITY && --this.#awaited === 0) this.#idle();
  }

  /** Somebody waits for an answer. */
  #busy(): void {
    this.#socket.ref();
    this.#watchdog ??= setTimer(() => this.#watch(), TICK_MS).unref();
  }

  #idle(): void {
    this.#socket?.unref();
    if (this.#over) clearTimer(this.#watchdog);
  }

  /** Counts in ticks that this process saw pass: one that was itself stopped blames nobody for it. */
  #watch(): void {
    this.#tick++;
    this.#watchdog = undefined;
    for (const [id, inFlight] of this.#inFlight) {
      if (inFlight.patience! > this.#tick) continue;
      this.#forget(id, inFlight);
      // Its answer may still come, and hold something that has to be given back.
      this.#inFlight.set(id, { ...inFlight, patience: Number.POSITIVE_INFINITY });
      inFlight.reject(unresponsive(this.address.pipe));
    }
    if (this.#awaited > 0) this.#watchdog ??= setTimer(() => this.#watch(), TICK_MS).unref();
  }
}

const badStream = (pipe: string, why: FrameFault | 'not_json'): BrokerError =>
  new BrokerError(
    'bad_line',
    `The broker at ${pipe} sent what is not a line of the protocol (${why}): see whether it is a broker that listens there.`,
    { pipe },
  );
