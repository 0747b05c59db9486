import type { Answer } from '../config/middleware.ts';
import { type BrokerError, badRequest } from '../protocol/errors.ts';
import { MAX_ID_LENGTH } from '../protocol/limits.ts';
import { errorLine, okLine, type Request, wireError } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import type { Pending } from './pending.ts';

/** One request and its one reply, now or later. */
export class Exchange {
  readonly connection: Connection;
  readonly request: Request;
  /** The request's id as JSON; undefined where it has none. */
  readonly id: string | undefined;
  answered = false;
  /** Where it is found by its id, until it is answered. */
  pending: Pending | undefined;
  /** A handler has it. */
  #taken = false;
  #error: BrokerError | undefined;
  #whenAnswered: ((answer: Answer) => void)[] | undefined;
  #held = false;

  /** @throws BrokerError `bad_request`, for an id of the wrong type. */
  constructor(connection: Connection, request: Request) {
    this.connection = connection;
    this.request = request;
    this.id = idOf(request.id);
  }

  /** `fields`: JSON text that begins with a comma, or nothing. Without effect where it was answered, as the others are. */
  ok(fields = ''): void {
    if (this.#isFirst()) this.connection.send(okLine(this.id, fields));
  }

  /** As `ok`, but no faster than the client reads. */
  okInTime(fields: string): void {
    if (this.#isFirst()) this.connection.sendInTime(okLine(this.id, fields));
  }

  /** No faster than the client reads: thousands of waits may fail at once. */
  fail(thrown: unknown): void {
    const error = wireError(thrown);
    if (this.#isFirst(error)) this.connection.sendInTime(errorLine(this.id, error));
  }

  /** How it was answered, or will be. */
  get answer(): Answer | Promise<Answer> {
    if (this.answered) return this.#answer;
    return new Promise((resolve) => {
      this.#whenAnswered ??= [];
      this.#whenAnswered.push(resolve);
    });
  }

  /** Has the lines that come next wait where they must: for who has no ids, until this is answered; for all, until a handler has it. */
  keepOrder(): void {
    if (this.#inOrder) return;
    this.#held = true;
    // Who has no ids is to know that it waits; of middleware, nobody has to.
    this.connection.hold(!this.#taken);
  }

  /** By a handler. */
  take(): void {
    this.#taken = true;
    if (this.#held && !this.#inOrder) this.connection.hold();
    this.#goOn();
  }

  get #inOrder(): boolean {
    return this.answered || (this.#taken && this.id !== undefined);
  }

  get #answer(): Answer {
    return this.#error ? { ok: false, error: this.#error } : { ok: true };
  }

  /** Whether this answer is the first one. */
  #isFirst(error?: BrokerError): boolean {
    if (this.answered) return false;
    this.answered = true;
    this.#error = error;
    this.pending?.remove(this);
    for (const resolve of this.#whenAnswered ?? []) resolve(this.#answer);
    this.#goOn();
    return true;
  }

  #goOn(): void {
    if (!this.#held || !this.#inOrder) return;
    this.#held = false;
    // Not at once: the lines that come next could end further waits, and so nest without end.
    process.nextTick(() => this.connection.proceed());
  }
}

function idOf(id: unknown): string | undefined {
  if (id === undefined) return undefined;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  if (typeof id === 'string' && id.length <= MAX_ID_LENGTH) return JSON.stringify(id);
  throw badRequest(
    `The id must be a whole number, or a text of at most ${MAX_ID_LENGTH} characters.`,
  );
}
