import { type BrokerError, closed, tooLarge } from '../protocol/errors.ts';
import type { Reply } from '../protocol/messages.ts';
import { checkSignal } from './fields.ts';
import type { Link } from './link.ts';
import type { CallOptions } from './options.ts';

/** Sends requests over a link, until it is closed. */
export abstract class Caller {
  readonly #link: Link;
  #closed = false;

  /** @internal */
  constructor(link: Link) {
    this.#link = link;
  }

  /** A getter: what prints a client does not print the secret in it. */
  protected get link(): Link {
    return this.#link;
  }

  /** From here on every request is refused. */
  protected refuse(): void {
    this.#closed = true;
  }

  /** One request; `absent` stands for what is not found. */
  protected request<T>(
    fields: () => string,
    pick: (reply: Reply) => T,
    options?: CallOptions,
    absent?: { value: T },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      const line = fields();
      this.check(line, signal);
      const abort = signal && (() => reject(signal.reason));
      this.link.connection.send(line, {
        resolve: (reply) => {
          if (abort) signal.removeEventListener('abort', abort);
          resolve(pick(reply));
        },
        reject: (error) => {
          if (abort) signal.removeEventListener('abort', abort);
          if (absent && (error as BrokerError).code === 'not_found') resolve(absent.value);
          else reject(error);
        },
      });
      if (abort) signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** @throws what stands in the way of a request with these fields. */
  protected check(fields: string, signal: AbortSignal | undefined): void {
    if (this.#closed) throw closed();
    const { over } = this.link.connection;
    if (over) throw over;
    checkSignal(signal);
    if (signal?.aborted) throw signal.reason;
    const { maxLineBytes } = this.link.welcome.limits;
    // A UTF-16 unit is at most three bytes: most lines need no counting.
    if (fields.length * 3 + 64 <= maxLineBytes) return;
    const bytes = Buffer.byteLength(fields) + 64;
    if (bytes > maxLineBytes) {
      throw tooLarge(`The request has ${bytes} bytes, above maxLineBytes (${maxLineBytes})`, {
        bytes,
        maxLineBytes,
      });
    }
  }
}
