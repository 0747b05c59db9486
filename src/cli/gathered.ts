import { isUtf8 } from 'node:buffer';
import { BrokerError } from '../protocol/errors.ts';
import { MAX_GATHERED } from '../protocol/limits.ts';

/** A text that comes in pieces: what a command prints, or the standard input. */
export class Gathered {
  readonly #what: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** @param what names it in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Of what is too much nothing is kept from here on. */
  get tooMuch(): boolean {
    return this.#bytes > MAX_GATHERED;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (!this.tooMuch) this.#chunks.push(chunk);
  }

  /** @throws BrokerError `too_large`, and `not_json` for bytes that are no text: a value could not hold them. */
  text(): string {
    if (this.tooMuch) {
      throw new BrokerError('too_large', `${this.#what}: more than ${MAX_GATHERED} bytes.`);
    }
    const bytes = Buffer.concat(this.#chunks);
    if (!isUtf8(bytes)) {
      throw new BrokerError(
        'not_json',
        `${this.#what}: it is not UTF-8, and values are texts. Encode it first, as with base64.`,
      );
    }
    return bytes.toString();
  }
}
