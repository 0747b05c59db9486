import type { Duplex } from 'node:stream';
import { BrokerError } from '../protocol/errors.ts';
import { type FrameFault, LineDecoder } from '../protocol/frames.ts';
import { DRAIN_MS, type Limits } from '../protocol/limits.ts';
import { errorLine } from '../protocol/messages.ts';
import type { Outbox } from './outbox.ts';

/** Replies after which output leaves early, so that the other end works while we do. */
const BATCH = 16;
/** What a line that is kept costs beside its characters, roughly. */
const LINE_COST = 64;

/** What a connection does with what comes in. */
export interface Receiver {
  line(line: string): void;
  /** Nothing more is taken. Called once. */
  closed(): void;
}

/**
 * One accepted stream of lines. Knows bytes and back-pressure, and nothing of what the lines mean.
 *
 * - Output of one turn leaves in one write.
 * - While the other end leaves too much unread, or a request without an id waits for its answer,
 *   no further line is taken.
 * - An offender (a line too long, bad UTF-8, output never read) is closed; nobody else notices.
 */
export class Connection {
  readonly #stream: Duplex;
  readonly #outbox: Outbox;
  readonly #limits: Limits;
  readonly #receiver: Receiver;
  readonly #decoder: LineDecoder;
  #out = '';
  #replies = 0;
  /** Lines that came in the chunk in which taking them stopped. */
  #backlog: string[] = [];
  #backlogLength = 0;
  /** Of the backlog, so many have been handed on. */
  #taken = 0;
  #choked = false;
  /** To be sent when that is over. */
  readonly #late: string[] = [];
  #held = false;
  #patient = false;
  #ending = false;
  #told = false;
  #patience: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    stream: Duplex,
    outbox: Outbox,
    limits: Limits,
    receiver: (connection: Connection) => Receiver,
  ) {
    this.#stream = stream;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#decoder = new LineDecoder(
      limits.maxUnauthenticatedLineBytes,
      (line) => this.#line(line),
      (fault) => this.refuse(badLine(fault, this.#decoder.maxLineBytes)),
    );
    this.#receiver = receiver(this);
    stream.on('data', (chunk: Buffer) => {
      outbox.turn(() => this.#decoder.push(chunk));
    });
    stream.on('drain', () => {
      this.#choked = false;
      this.#sendLate();
      // A held connection takes no line, and still has to notice the end of its peer.
      if (this.#held) stream.resume();
      else this.#proceed();
    });
    // Nothing more comes. What is ready goes out, and nobody waits for the answers that are not.
    stream.on('end', () => this.end());
    // 'close' follows, and is where a connection ends.
    stream.on('error', () => {});
    stream.on('close', () => this.#close());
  }

  /** The peer has proved itself: lines may be longer. */
  trust(): void {
    this.#decoder.maxLineBytes = this.#limits.maxLineBytes;
  }

  send(line: string): void {
    // A write after `end` would cut off what is still on its way.
    if (this.#closed || this.#ending) return;
    if (this.#out === '') this.#outbox.add(this);
    this.#out += line;
    if (++this.#replies % BATCH === 0 || this.#out.length > this.#limits.pauseOutputBytes) {
      this.#outbox.flush();
    }
  }

  /** Sends a line when the other end has read what it was sent before: for many that come at once, and that nobody has paced. */
  sendInTime(line: string): void {
    if (this.#closed || this.#ending) return;
    this.#late.push(line);
    this.#sendLate();
  }

  #sendLate(): void {
    while (!this.#choked && this.#late.length > 0) this.send(this.#late.shift()!);
  }

  flush(): void {
    if (this.#out === '' || this.#closed) return;
    const text = this.#out;
    this.#out = '';
    this.#stream.write(text);
    const unread = this.#stream.writableLength;
    // At the end there is a time for it to be read.
    if (this.#ending) return;
    if (unread > this.#limits.maxOutputBytes) this.destroy();
    else if (
      unread > this.#limits.pauseOutputBytes &&
      // Only where a `drain` will follow, by which to go on.
      this.#stream.writableNeedDrain &&
      !this.#choked
    ) {
      this.#choked = true;
      this.#stream.pause();
    }
  }

  /**
   * Takes no line until `proceed`. Input is still watched, so that the end of the peer is.
   *
   * @param patient whoever sends too much meanwhile is made to wait, and not refused: then nothing is
   * watched any more, so this is for waits that are short.
   */
  hold(patient = false): void {
    this.#held = true;
    if (this.#patient && !patient && !this.#choked) this.#stream.resume();
    this.#patient = patient;
  }

  /** The held request was answered. Without effect on a connection that is not held. */
  proceed(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#proceed();
  }

  /** Says why, and ends the connection. */
  refuse(error: BrokerError): void {
    this.send(errorLine(undefined, error));
    this.end();
  }

  /** Ends the connection after what was sent; takes nothing more. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#decoder.stop();
    this.#backlog = [];
    this.#outbox.flush();
    this.#out = this.#late.splice(0).join('');
    this.flush();
    this.#over();
    this.#stream.end();
    this.#stream.resume();
    // One that never reads what was sent would never be closed.
    this.#patience = setTimeout(() => this.destroy(), DRAIN_MS).unref();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #line(line: string): void {
    if (line === '' || this.#ending) return;
    if (!this.#choked && !this.#held) return this.#receiver.line(line);
    this.#backlog.push(line);
    this.#backlogLength += line.length + LINE_COST;
    // While output is unread the stream is paused, and no more than the rest of a chunk is kept.
    if (this.#held && this.#backlogLength > this.#limits.maxLineBytes) {
      if (this.#patient) {
        this.#stream.pause();
        return;
      }
      this.refuse(
        new BrokerError(
          'too_many',
          'More was sent than is taken while a request without an id waits for its answer. Give requests ids.',
        ),
      );
    }
  }

  #proceed(): void {
    while (!this.#choked && !this.#held && !this.#ending) {
      const line = this.#backlog[this.#taken];
      // Half of it is done, or all: each line is moved once at most.
      if (2 * ++this.#taken > this.#backlog.length) {
        this.#backlog = this.#backlog.slice(this.#taken);
        this.#taken = 0;
      }
      if (line === undefined) {
        this.#stream.resume();
        break;
      }
      this.#backlogLength -= line.length + LINE_COST;
      this.#receiver.line(line);
    }
    this.#outbox.flush();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#decoder.stop();
    this.#backlog = [];
    this.#over();
    this.#outbox.flush();
  }

  /** Nothing more is taken from the peer: what it holds is free, whenever it closes its end. */
  #over(): void {
    if (this.#told) return;
    this.#told = true;
    this.#receiver.closed();
  }
}

const badLine = (fault: FrameFault, maxLineBytes: number): BrokerError =>
  fault === 'line_too_long'
    ? new BrokerError(
        'too_large',
        `A line is longer than ${maxLineBytes} bytes. The connection is closed.`,
        {
          maxLineBytes,
        },
      )
    : new BrokerError('bad_line', 'A line is not UTF-8. The connection is closed.');
