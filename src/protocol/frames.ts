import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;

/** Why a stream of bytes is not a stream of lines. */
export type FrameFault = 'line_too_long' | 'bad_utf8';

/**
 * Cuts a stream of bytes into lines: any split of any bytes gives the same lines.
 *
 * Bytes are counted before they are decoded, so a line beyond the cap costs no more memory than
 * twice the cap. After a fault nothing further is taken. The chunk may be reused after `push`.
 */
export class LineDecoder {
  /** May be raised while a line is taken; then it holds for the lines behind it. */
  maxLineBytes: number;
  readonly #line: (line: string) => void;
  readonly #fault: (fault: FrameFault) => void;
  /** The begun line: the first `#restBytes` bytes. It grows by doubling, so bytes that drip in one by one cost no more. */
  #rest: Buffer = Buffer.alloc(0);
  #restBytes = 0;
  #stopped = false;

  constructor(
    maxLineBytes: number,
    line: (line: string) => void,
    fault: (fault: FrameFault) => void,
  ) {
    this.maxLineBytes = maxLineBytes;
    this.#line = line;
    this.#fault = fault;
  }

  push(chunk: Buffer): void {
    if (this.#stopped) return;
    let start = 0;
    if (this.#restBytes > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (!this.#keep(end === -1 ? chunk : chunk.subarray(0, end)) || end === -1) return;
      const line = this.#rest.subarray(0, this.#restBytes);
      this.#rest = Buffer.alloc(0);
      this.#restBytes = 0;
      this.#lines(line);
      if (this.#stopped) return;
      start = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= start) {
      this.#lines(chunk.subarray(start, last));
      start = last + 1;
    }
    if (start < chunk.length && !this.#stopped) this.#keep(chunk.subarray(start));
  }

  /** Forgets what is held and takes nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#rest = Buffer.alloc(0);
    this.#restBytes = 0;
  }

  /** Whole lines, decoded in one go: a call into the runtime per line costs more than the rest of the work. */
  #lines(bytes: Buffer): void {
    const cap = this.maxLineBytes;
    const text = bytes.length <= cap ? bytes.toString('utf8') : undefined;
    // What is no UTF-8 is decoded to this character, which may also have been sent.
    if (text !== undefined && (!text.includes('\ufffd') || isUtf8(bytes))) return this.#hand(text);
    const fault = this.#faultOf(bytes);
    // Of what came before the fault, all lines count, whatever the split.
    if (!fault) return this.#hand(bytes.toString('utf8'));
    if (fault.start > 0) this.#hand(bytes.toString('utf8', 0, fault.start - 1));
    if (this.#stopped) return;
    // One of these lines may have raised the cap, which then holds for those behind it.
    if (this.maxLineBytes > cap) this.#lines(bytes.subarray(fault.start));
    else this.#fail(fault.why);
  }

  #hand(text: string): void {
    for (const line of text.split('\n')) {
      this.#line(line);
      if (this.#stopped) return;
    }
  }

  /** The first line that may not be, and where it starts. */
  #faultOf(bytes: Buffer): { why: FrameFault; start: number } | undefined {
    for (let start = 0; start <= bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline;
      if (end - start > this.maxLineBytes) return { why: 'line_too_long', start };
      if (!isUtf8(bytes.subarray(start, end))) return { why: 'bad_utf8', start };
      start = end + 1;
    }
    return undefined;
  }

  #keep(part: Buffer): boolean {
    const bytes = this.#restBytes + part.length;
    if (bytes > this.maxLineBytes) {
      this.#fail('line_too_long');
      return false;
    }
    if (bytes > this.#rest.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.max(64, bytes, Math.min(2 * bytes, this.maxLineBytes)),
      );
      this.#rest.copy(grown, 0, 0, this.#restBytes);
      this.#rest = grown;
    }
    part.copy(this.#rest, this.#restBytes);
    this.#restBytes = bytes;
    return true;
  }

  #fail(why: FrameFault): void {
    this.stop();
    this.#fault(why);
  }
}
