import { badRequest } from '../protocol/errors.ts';
import { errorLine, okLine, type Request, wireError } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';

const MAX_ID_LENGTH = 256;

/** One request and its one reply, now or later. */
export class Exchange {
  readonly connection: Connection;
  readonly request: Request;
  /** The request's id as JSON; undefined where it has none. */
  readonly id: string | undefined;
  answered = false;

  /** @throws BrokerError `bad_request`, for an id of the wrong type. */
  constructor(connection: Connection, request: Request) {
    this.connection = connection;
    this.request = request;
    this.id = idOf(request.id);
  }

  /** `fields`: JSON text that begins with a comma, or nothing. */
  ok(fields = ''): void {
    this.#answer(okLine(this.id, fields));
  }

  /** As `ok`, but no faster than the client reads. */
  okInTime(fields: string): void {
    this.answered = true;
    this.connection.sendInTime(okLine(this.id, fields));
  }

  fail(thrown: unknown): void {
    this.#answer(errorLine(this.id, wireError(thrown)));
  }

  #answer(line: string): void {
    this.answered = true;
    this.connection.send(line);
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
