import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type ResolvedConfig, resolveConfig } from '../config/check.ts';
import type { Extensible } from '../config/plugin.ts';
import { shardOf } from '../config/shard.ts';
import { Barriers } from '../core/barriers.ts';
import { Journal } from '../core/journal.ts';
import { Leases } from '../core/leases.ts';
import { RateLimits } from '../core/rate-limits.ts';
import { Store } from '../core/store.ts';
import { DIRECTORY_VARIABLE, PIPE_VARIABLE, SECRET_VARIABLE } from '../protocol/environment.ts';
import { BrokerError, stopping, warn } from '../protocol/errors.ts';
import { DRAIN_MS, HEARTBEAT_MS, HOOK_MS } from '../protocol/limits.ts';
import { newSecret } from '../protocol/proof.ts';
import { VERSION } from '../protocol/version.ts';
import type { Report } from '../report/journal-html.ts';
import { BrokerClock } from './clock.ts';
import { Connection } from './connection.ts';
import { cleanUpOnExit } from './exit.ts';
import { Extensions } from './extensions.ts';
import { ConfigHooks } from './hooks.ts';
import { journalOf, writeJournal } from './journal-file.ts';
import { Listener } from './listener.ts';
import { MachineUse } from './machine.ts';
import { Outbox } from './outbox.ts';
import { createPipe, type Pipe } from './pipe.ts';
import { currentPlatform } from './platform.ts';
import { loadReport, type WriteReport } from './report-file.ts';
import { type House, Session } from './session.ts';
import { storyteller } from './story.ts';
import { sweepDead } from './sweep.ts';

/** On Windows a name can be taken by a stranger; another random one is taken then, so often. */
const LISTEN_TRIES = 3;
/** A turn of the event loop that takes longer may have left unread what came meanwhile. A renewal at a third of the shortest TTL has several times that to spare. */
const QUICK_POLL_MS = 10;
/** A loop that is never quick still has its leases and waits ended. */
const SWEEP_TRIES = 10;

/**
 * A running broker. It lives as long as its process, or until `stop()`; it does not keep the process
 * alive, unless its config has an `idleTimeout`.
 */
export class Broker implements Extensible {
  /** Where it listens. */
  readonly pipe: string;
  readonly use: Extensible['use'];
  readonly register: Extensible['register'];
  readonly on: Extensible['on'];
  readonly #pipe: Pipe;
  readonly #listener: Listener;
  readonly #house: House;
  readonly #sessions: Set<Session>;
  readonly #journal: Journal;
  readonly #machine: MachineUse;
  readonly #writeReport: WriteReport | undefined;
  readonly #forget: () => void;
  #heartbeat: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  #cleaned = false;
  #report: Report | undefined;

  private constructor(
    pipe: Pipe,
    listener: Listener,
    house: House,
    sessions: Set<Session>,
    journal: Journal,
    machine: MachineUse,
    writeReport: WriteReport | undefined,
    clock: BrokerClock,
  ) {
    this.#pipe = pipe;
    this.#listener = listener;
    this.#house = house;
    const { extensions } = house;
    const { use, register, on } = extensions.extensible;
    this.use = use;
    this.register = register;
    this.on = on;
    this.#sessions = sessions;
    this.#journal = journal;
    this.#machine = machine;
    this.#writeReport = writeReport;
    this.pipe = pipe.path;
    this.#heartbeat = setInterval(() => this.#beat(clock), HEARTBEAT_MS).unref();
    if (house.config.idleTimeoutMs !== undefined) listener.ref();
    this.#forget = cleanUpOnExit(
      () => this.#cleanUp(),
      () => (extensions.hasToEnd ? this.stop() : undefined),
    );
  }

  /** With a config that has not been checked; `source` names it in messages. @throws BrokerError `bad_config` too. */
  static startWith(config: unknown, source: string): Promise<Broker> {
    return Broker.start(resolveConfig(config, source, shardOf(process.env)));
  }

  /** @throws BrokerError `bad_address`. */
  static async start(config: ResolvedConfig): Promise<Broker> {
    if (!config.auth) warnOpen(config.source);
    const writeReport = await loadReport(config);
    const clock = new BrokerClock();
    const journal = new Journal(clock, undefined, storyteller(process.env.DEBUG));
    const pools = new Map(config.pools.map((pool) => [pool.name, pool]));
    const leases = new Leases(clock, config.limits, journal, new ConfigHooks(pools));
    for (const { name, definition } of config.pools) leases.definePool(name, definition);
    const store = new Store(clock, config.limits);
    const extensions = new Extensions(config, store);
    await extensions.setUp(config.plugins, config.source);
    const waits = [
      ...config.pools.map(({ timeoutMs }) => timeoutMs),
      ...config.values.map(({ key }) => extensions.providers.waitMs(key)),
    ];
    const house: House = {
      id: randomBytes(16).toString('hex'),
      secret: config.auth ? newSecret() : undefined,
      config,
      pools,
      maxWaitMs: Math.max(config.waitTimeoutMs, HOOK_MS, ...waits),
      clock,
      store,
      leases,
      rateLimits: new RateLimits(clock, config.limits, journal),
      barriers: new Barriers(clock, config.limits, journal),
      extensions,
    };
    const sessions = new Set<Session>();
    const outbox = new Outbox();
    const machine = new MachineUse();
    const accept = (socket: Socket) => {
      machine.watch();
      socket.once('close', () => sessions.delete(session));
      let session!: Session;
      new Connection(socket, outbox, config.limits, (connection) => {
        session = new Session(house, connection, clock.running());
        sessions.add(session);
        return session;
      });
    };
    const { pipe, listener } = await listen(config, house.secret, accept).catch(async (error) => {
      await extensions.tearDown();
      throw error;
    });
    sweepDead(currentPlatform());
    return new Broker(pipe, listener, house, sessions, journal, machine, writeReport, clock);
  }

  /** What clients must know; undefined where authentication is off. A getter, as the config is: what prints a broker prints neither. */
  get secret(): string | undefined {
    return this.#house.secret;
  }

  get config(): ResolvedConfig {
    return this.#house.config;
  }

  /** What has happened so far, and in which pools. */
  get journal(): ReturnType<typeof journalOf> {
    return journalOf(this.config, this.#journal, this.#machine);
  }

  /** @internal The report of its run, where one was asked for and it has stopped. */
  get report(): Report | undefined {
    return this.#report;
  }

  /** The environment by which clients find it: to be set in workers, never in arguments. */
  get env(): Record<string, string> {
    return {
      [PIPE_VARIABLE]: this.pipe,
      ...(this.secret === undefined ? {} : { [SECRET_VARIABLE]: this.secret }),
    };
  }

  /**
   * Grants no more leases, tells all clients, lets replies in flight go out (2 s at most), ends all
   * leases, disposes of provided values and tells listeners to `'stop'`, each within its time, and
   * removes the pipe. A second call waits for the first.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#house.leases.drain();
    this.#house.barriers.drain();
    this.#house.rateLimits.drain();
    this.#house.extensions.stop();
    for (const session of this.#sessions) session.giveUp(stopping());
    for (const session of this.#sessions) {
      session.tell({ event: 'goodbye' });
      session.end();
    }
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([this.#listener.drain(), patience]);
    clearTimeout(timer);
    this.#listener.close();
    await this.#house.extensions.tearDown();
    this.#cleanUp();
    // Not before: a signal may come while replies go out.
    this.#forget();
  }

  /** What an exiting process can still do. */
  #cleanUp(): void {
    if (this.#cleaned) return;
    this.#cleaned = true;
    this.#house.extensions.tellUndisposed();
    writeJournal(this.config, this.#journal, this.#machine);
    this.#report = this.#writeReport?.(this.#journal, this.#machine);
    this.#pipe.remove();
  }

  #beat(clock: BrokerClock): void {
    clock.beat();
    this.#afterPoll(clock, SWEEP_TRIES);
  }

  /**
   * After the poll that follows: a renewal that came during a stall is read first. Where the stall
   * was in that very poll, after the next one.
   */
  #afterPoll(clock: BrokerClock, tries: number): void {
    const from = performance.now();
    setImmediate(() => {
      if (this.#stopping) return;
      if (tries > 1 && performance.now() - from > QUICK_POLL_MS) {
        return this.#afterPoll(clock, tries - 1);
      }
      this.#house.leases.sweep();
      this.#house.barriers.sweep();
      this.#house.rateLimits.sweep();
      this.#house.store.sweep();
      this.#closeStrangers(clock.running());
      this.#stopWhenIdle(clock.running());
    });
  }

  /** Sessions are in the order in which they came. */
  #closeStrangers(now: number): void {
    const { handshakeMs } = this.config.limits;
    for (const session of this.#sessions) {
      if (session.authenticated) continue;
      if (now - session.since <= handshakeMs) return;
      session.destroy();
    }
  }

  #idleSince = 0;

  #stopWhenIdle(now: number): void {
    const { idleTimeoutMs } = this.config;
    if (idleTimeoutMs === undefined) return;
    if (this.#listener.connections > 0) this.#idleSince = now;
    else if (now - this.#idleSince > idleTimeoutMs) this.stop();
  }
}

async function listen(
  { limits }: ResolvedConfig,
  secret: string | undefined,
  accept: (socket: Socket) => void,
): Promise<{ pipe: Pipe; listener: Listener }> {
  for (let left = LISTEN_TRIES; ; left--) {
    const pipe = createPipe(currentPlatform(), { version: VERSION, secret });
    try {
      return { pipe, listener: await Listener.listen(pipe.path, limits, accept) };
    } catch (error) {
      pipe.remove();
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      if (left === 1 || code !== 'EADDRINUSE') throw cannotListen(pipe.path, code);
    }
  }
}

/** The disk is full, say, or the file system has no sockets. */
const cannotListen = (pipe: string, code: string): BrokerError =>
  new BrokerError(
    'bad_address',
    `The broker cannot listen at ${pipe}: ${code}. Set ${DIRECTORY_VARIABLE} to a directory of your own on another disk, with a short path.`,
    { pipe, code },
  );

/** Once for each source: a watch mode starts many brokers. */
const warned = new Set<string>();

function warnOpen(source: string): void {
  if (warned.has(source)) return;
  warned.add(source);
  warn(
    `authentication is off (auth: false, ${source}): whoever can open the pipe can take leases and read values.`,
  );
}
