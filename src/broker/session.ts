import type { ResolvedConfig } from '../config/check.ts';
import type { Middleware } from '../config/middleware.ts';
import type { ResolvedPool } from '../config/resolved-pool.ts';
import type { Barriers } from '../core/barriers.ts';
import type { Clock } from '../core/clock.ts';
import type { Leases } from '../core/leases.ts';
import type { RateLimits } from '../core/rate-limits.ts';
import type { Session as CoreSession } from '../core/session.ts';
import type { Store } from '../core/store.ts';
import { BrokerError, badRequest, cancelled, didYouMean, quoted } from '../protocol/errors.ts';
import { type BrokerEvent, errorLine, eventLine, type Request } from '../protocol/messages.ts';
import type { Call } from './call.ts';
import { throughMiddleware } from './chain.ts';
import type { Connection, Receiver } from './connection.ts';
import { Exchange } from './exchange.ts';
import type { Extensions } from './extensions.ts';
import { flagField, identityField } from './fields.ts';
import { authRequired, Handshake } from './handshake.ts';
import { Pending } from './pending.ts';

/** What all sessions of a broker share. */
export interface House {
  readonly id: string;
  readonly secret: string | undefined;
  readonly config: ResolvedConfig;
  /** The defaults of each pool. */
  readonly pools: ReadonlyMap<string, ResolvedPool>;
  /** The longest wait where the client names none. */
  readonly maxWaitMs: number;
  readonly clock: Clock;
  readonly store: Store;
  readonly leases: Leases;
  readonly rateLimits: RateLimits;
  readonly barriers: Barriers;
  readonly extensions: Extensions;
}

/**
 * One client, from its first line to the end of its connection: takes each line to its handler, and
 * ends what the client holds with the connection.
 */
export class Session implements Receiver {
  readonly house: House;
  /** When it connected, on the running clock. */
  readonly since: number;
  readonly #connection: Connection;
  readonly #handshake: Handshake;
  #core: CoreSession | undefined;
  #wantsEvents = false;
  readonly pending = new Pending();
  /** Not answered so far. */
  readonly calls = new Set<Call>();
  /** Requests on their way through middleware. */
  readonly #inChain = new Set<Exchange>();

  constructor(house: House, connection: Connection, now: number) {
    this.house = house;
    this.since = now;
    this.#connection = connection;
    this.#handshake = new Handshake(house.id, house.secret);
    if (house.secret === undefined) this.#open();
  }

  get authenticated(): boolean {
    return this.#core !== undefined;
  }

  /** Its side in the core. Handlers run only where there is one. */
  get core(): CoreSession {
    return this.#core!;
  }

  line(line: string): void {
    const exchange = this.#read(line);
    if (!exchange) return;
    try {
      this.#dispatch(exchange);
    } catch (error) {
      exchange.fail(error);
      if (!this.#core) this.#connection.end();
    }
    exchange.keepOrder();
  }

  closed(): void {
    if (!this.#core) return;
    this.giveUp(cancelled());
    this.house.leases.endSession(this.#core);
    this.house.barriers.endSession(this.#core);
    this.house.rateLimits.endSession(this.#core);
  }

  /** Ends what waits outside of the core. */
  giveUp(reason: BrokerError): void {
    for (const call of this.calls) call.giveUp(reason);
    for (const exchange of this.#inChain) exchange.fail(reason);
  }

  tell(event: BrokerEvent): void {
    if (this.#wantsEvents) this.#connection.sendInTime(eventLine(event));
  }

  end(): void {
    this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #read(line: string): Exchange | undefined {
    try {
      return new Exchange(this.#connection, parse(line));
    } catch (error) {
      this.#connection.send(errorLine(undefined, error as BrokerError));
      if (!this.#core) this.#connection.end();
      return undefined;
    }
  }

  #dispatch(exchange: Exchange): void {
    const action = actionOf(exchange.request);
    if (action === 'hello') return exchange.ok(this.#handshake.hello(exchange.request));
    if (action === 'auth') return this.#authenticate(exchange);
    if (!this.#core) throw authRequired();
    const { middleware } = this.house.extensions;
    if (middleware.length > 0) this.#enter(middleware, exchange);
    else this.#handle(exchange);
  }

  #enter(middleware: readonly Middleware[], exchange: Exchange): void {
    const { id, identity } = this.core;
    const context = { session: id, identity: { ...identity } };
    const answer = throughMiddleware(middleware, exchange, context, () => {
      try {
        this.#handle(exchange);
      } catch (error) {
        exchange.fail(error);
      }
    });
    if (!(answer instanceof Promise)) return;
    this.#inChain.add(exchange);
    answer.then(() => this.#inChain.delete(exchange));
  }

  /** @throws what the handler throws. */
  #handle(exchange: Exchange): void {
    exchange.take();
    // Once more: middleware may have changed it.
    const action = actionOf(exchange.request);
    const { handlers } = this.house.extensions;
    const handler = handlers.get(action);
    if (!handler) throw unknownAction(action, handlers.keys());
    const fields = handler(exchange.request, this, exchange);
    if (fields !== undefined) exchange.ok(fields);
  }

  #authenticate(exchange: Exchange): void {
    const { request } = exchange;
    this.#handshake.auth(request);
    const identity = identityField(request);
    this.#wantsEvents = flagField(request, 'events');
    const core = this.#open();
    // Into the one that it was opened with: the journal keeps that.
    Object.assign(core.identity, identity);
    const { maxWaitMs, config } = this.house;
    const { maxLineBytes, maxOutputBytes, maxDepth } = config.limits;
    const welcome = {
      session: core.id,
      limits: { maxLineBytes, maxOutputBytes, maxDepth },
      maxWaitMs,
      config: config.digest,
    };
    exchange.ok(`,${JSON.stringify(welcome).slice(1, -1)}`);
  }

  #open(): CoreSession {
    this.#connection.trust();
    this.#core ??= this.house.leases.openSession({}, (lease, reason) =>
      this.tell({ event: 'lease_lost', lease: lease.id, reason }),
    );
    return this.#core;
  }
}

/** @throws BrokerError `bad_line`, `bad_request`. */
function parse(line: string): Request {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new BrokerError('bad_line', 'A line is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new BrokerError('bad_line', 'A line is not a JSON object.');
  }
  return parsed as Request;
}

/** @throws BrokerError `bad_request`. */
function actionOf({ action }: Request): string {
  if (typeof action !== 'string') throw badRequest("The field 'action' must be a text.");
  return action;
}

const unknownAction = (action: string, known: Iterable<string>): BrokerError =>
  new BrokerError(
    'unknown_action',
    `There is no action ${quoted(action)}.${didYouMean(action, known)}`,
  );
