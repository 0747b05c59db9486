import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS, DRAIN_MS, type Limits } from '../protocol/limits.ts';
import { Connection } from './connection.ts';
import { Outbox } from './outbox.ts';

afterEach(() => vi.useRealTimers());

/** What the streams of a process hold without anybody reading. */
const HIGH_WATER = 1_024;

interface Opened {
  connection: Connection;
  near: Duplex;
  /** The client's end. Nothing is read from it unless a test does. */
  far: Duplex;
  /** Lines that were taken, in order. */
  lines: string[];
  writes: string[];
  closings(): number;
}

function open(
  limits: Partial<Limits> = {},
  answer: (line: string, connection: Connection) => void = () => {},
): Opened {
  const [near, far] = duplexPair({ highWaterMark: HIGH_WATER, allowHalfOpen: false });
  const lines: string[] = [];
  const writes: string[] = [];
  const { write } = near;
  near.write = (...args: unknown[]) => {
    writes.push(String(args[0]));
    return write.apply(near, args as Parameters<Duplex['write']>);
  };
  let closings = 0;
  const connection = new Connection(
    near,
    new Outbox(),
    { ...DEFAULT_LIMITS, ...limits },
    (opened) => ({
      line: (line) => {
        lines.push(line);
        answer(line, opened);
      },
      closed: () => closings++,
    }),
  );
  far.on('error', () => {});
  return { connection, near, far, lines, writes, closings: () => closings };
}

/** Lets everything happen that needs no clock. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await turn();
}

/** Begins to read, and returns what has come so far each time it is called. */
function reading(far: Duplex): () => string {
  let seen = '';
  far.on('data', (chunk) => {
    seen += chunk;
  });
  return () => seen;
}

describe('lines in', () => {
  test('come out as they went in, however the bytes are split', async () => {
    const { far, lines } = open();
    const text = '{"a":"é€👍"}\n\n{"b":1}\n';
    for (const byte of Buffer.from(text)) far.write(Buffer.from([byte]));
    await settle();
    expect(lines).toEqual(['{"a":"é€👍"}', '{"b":1}']);
  });

  test('300 half lines of strangers are held within their cap, and the next byte ends the offender alone', async () => {
    const cap = DEFAULT_LIMITS.maxUnauthenticatedLineBytes;
    const opened = Array.from({ length: 300 }, () => open());
    for (const { far } of opened) far.write('x'.repeat(cap));
    await settle();
    expect(opened.filter(({ closings }) => closings() > 0)).toEqual([]);
    const [offender, ...others] = opened;
    const said = reading(offender!.far);
    offender!.far.write('x');
    await settle();
    expect(JSON.parse(said())).toMatchObject({ ok: false, error: 'too_large' });
    expect(offender!.far.readableEnded).toBe(true);
    expect(others.filter(({ far }) => far.readableEnded)).toEqual([]);
  });

  test('may be longer once the peer is trusted, even within one chunk', async () => {
    const limits = { maxUnauthenticatedLineBytes: 10, maxLineBytes: 100 };
    const { far, lines } = open(limits, (line, connection) => {
      if (line === 'proof') connection.trust();
    });
    far.write(`proof\n${'x'.repeat(100)}\n`);
    await settle();
    expect(lines.map((line) => line.length)).toEqual([5, 100]);
  });

  test.each([
    ['a line too long', Buffer.alloc(5_000, 'x'), 'too_large'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), 'bad_line'],
  ])('%s: is told, the connection ends, and nothing more is taken', async (_, bytes, code) => {
    const { far, lines, closings } = open();
    const said = reading(far);
    far.write(bytes);
    far.write('{"after":1}\n');
    await settle();
    expect(JSON.parse(said())).toMatchObject({ ok: false, error: code });
    expect(lines).toEqual([]);
    far.end();
    await settle();
    expect(closings()).toBe(1);
  });
});

describe('output', () => {
  test('of one turn leaves in one write', async () => {
    const { connection, writes } = open();
    for (const line of ['a\n', 'b\n', 'c\n']) connection.send(line);
    expect(writes).toEqual([]);
    await settle();
    expect(writes).toEqual(['a\nb\nc\n']);
  });

  test('leaves early after 16 replies, so that the other end can begin', () => {
    const { connection, writes } = open();
    for (let i = 0; i < 20; i++) connection.send(`${i}\n`);
    expect(writes.join('').split('\n').length - 1).toBe(16);
  });

  test('a client that never reads: what is held for it is bounded, and it is closed', async () => {
    const limits = { pauseOutputBytes: 10_000, maxOutputBytes: 50_000 };
    const { connection, near, closings } = open(limits);
    let most = 0;
    // Events and grants come whether or not the client is read from.
    for (let i = 0; i < 1_000; i++) {
      connection.send(`${'x'.repeat(999)}\n`);
      most = Math.max(most, near.writableLength);
    }
    await settle();
    expect(most).toBeGreaterThan(40_000);
    expect(most).toBeLessThan(2 * limits.maxOutputBytes);
    expect(near.destroyed).toBe(true);
    expect(closings()).toBe(1);
    connection.send('more\n');
  });

  test('of thousands of answers at once to a client that reads: none is lost, and it is not closed', async () => {
    const limits = { pauseOutputBytes: 10_000, maxOutputBytes: 50_000 };
    const { connection, far, closings } = open(limits);
    for (let i = 0; i < 1_000; i++) connection.sendInTime(`${String(i).padStart(999)}\n`);
    const seen = reading(far);
    await vi.waitFor(() => expect(seen().length).toBe(1_000_000));
    expect(seen().trim().split(/\s+/).map(Number)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i),
    );
    expect(closings()).toBe(0);
  });

  test('while too much is unread no further request is taken; when it is read all of them are, in order', async () => {
    const limits = { pauseOutputBytes: 10_000 };
    const { near, far, lines, closings } = open(limits, (line, connection) =>
      connection.send(`${line}${'x'.repeat(2_000)}\n`),
    );
    const asked = Array.from({ length: 500 }, (_, i) => `r${i}`);
    let most = 0;
    for (const line of asked) {
      far.write(`${line}\n`);
      await turn();
      most = Math.max(most, near.writableLength);
    }
    await settle();
    expect(lines.length).toBeLessThan(20);
    expect(most).toBeLessThan(limits.pauseOutputBytes + 3_000);
    const said = reading(far);
    await vi.waitFor(() => expect(lines.length).toBe(asked.length));
    await settle();
    expect(lines).toEqual(asked);
    expect(said()).toBe(asked.map((line) => `${line}${'x'.repeat(2_000)}\n`).join(''));
    expect(closings()).toBe(0);
  });

  test('a pause set below what the stream itself buffers does not stop a connection for ever', async () => {
    const { far, lines } = open({ pauseOutputBytes: 100 }, (line, connection) =>
      connection.send(`${line}${'x'.repeat(400)}\n`),
    );
    for (let i = 0; i < 50; i++) {
      far.write(`r${i}\n`);
      await turn();
    }
    const said = reading(far);
    await settle();
    expect(lines.length).toBe(50);
    expect(said().split('\n').length - 1).toBe(50);
  });

  test('an honest client that is slow to read is not taken for one that floods, however short a line may be', async () => {
    const limits = { maxUnauthenticatedLineBytes: 64, maxLineBytes: 64, pauseOutputBytes: 2_000 };
    const { far, lines, closings } = open(limits, (line, connection) =>
      connection.send(`${line}${'x'.repeat(3_000)}\n`),
    );
    // One chunk, of which the first line already leaves too much unread.
    far.write(Array.from({ length: 100 }, (_, i) => `r${i}\n`).join(''));
    await settle();
    const said = reading(far);
    await settle();
    expect(said()).not.toContain('too_many');
    expect(lines.length).toBe(100);
    expect(closings()).toBe(0);
  });
});

describe('a held connection', () => {
  /** Takes `wait` and answers it by `answer()`; anything else at once. */
  function openHolding(limits: Partial<Limits> = {}) {
    const opened = open(limits, (line, connection) => {
      if (line === 'wait') connection.hold();
      else connection.send(`${line}\n`);
    });
    const answer = (text: string) => {
      opened.connection.send(`${text}\n`);
      opened.connection.proceed();
    };
    return { ...opened, answer };
  }

  test('takes what came behind when its answer is there, and answers in order', async () => {
    const { far, lines, answer } = openHolding();
    const said = reading(far);
    far.write('a\nwait\nb\nwait\nc\n');
    await settle();
    far.write('d\n');
    await settle();
    expect([lines, said()]).toEqual([['a', 'wait'], 'a\n']);
    answer('granted');
    await settle();
    expect([lines, said()]).toEqual([['a', 'wait', 'b', 'wait'], 'a\ngranted\nb\n']);
    answer('granted too');
    await settle();
    expect(said()).toBe('a\ngranted\nb\ngranted too\nc\nd\n');
  });

  test('learns that the peer has gone', async () => {
    const { far, closings, lines } = openHolding();
    reading(far);
    far.write('wait\nb\n');
    far.end();
    await settle();
    expect(lines).toEqual(['wait']);
    expect(closings()).toBe(1);
  });

  test('learns that the peer has gone also after its output had stopped', async () => {
    const { connection, near, far, closings } = openHolding({ pauseOutputBytes: 2_000 });
    far.write('wait\n');
    await settle();
    connection.send(`${'x'.repeat(10_000)}\n`);
    await settle();
    expect(near.isPaused()).toBe(true);
    const said = reading(far);
    await settle();
    expect(said().length).toBe(10_001);
    far.end();
    await settle();
    expect(closings()).toBe(1);
  });

  test('that is sent more than a line’s worth is refused, whatever it waits for', async () => {
    const { far, closings } = openHolding({ maxLineBytes: 1_000 });
    const said = reading(far);
    far.write('wait\n');
    for (let i = 0; i < 20; i++) far.write(`${'x'.repeat(99)}\n`);
    await settle();
    expect(JSON.parse(said())).toMatchObject({ ok: false, error: 'too_many' });
    far.end();
    await settle();
    expect(closings()).toBe(1);
  });

  test('that always has a little behind it is not refused for the sum of what was taken long ago', async () => {
    const { far, lines, answer } = openHolding({ maxLineBytes: 1_000 });
    const said = reading(far);
    far.write('wait\n');
    for (let i = 0; i < 100; i++) {
      far.write(`wait\n${'x'.repeat(99)}\n`);
      await settle();
      answer(`answer ${i}`);
    }
    await settle();
    expect(said()).not.toContain('too_many');
    expect(lines.length).toBe(200);
  });

  test('is not let go by the answer to a request that was not held', async () => {
    const { connection, far, lines } = openHolding();
    connection.proceed();
    far.write('wait\nb\n');
    await settle();
    expect(lines).toEqual(['wait']);
  });
});

describe('the end', () => {
  test('comes after what was sent before, and takes nothing more', async () => {
    const { far, lines, closings } = open({}, (line, connection) => {
      connection.send(`${line}\n`);
      if (line === 'bye') connection.end();
    });
    const said = reading(far);
    far.write('a\nbye\nb\n');
    await settle();
    expect([lines, said()]).toEqual([['a', 'bye'], 'a\nbye\n']);
    expect(far.readableEnded).toBe(true);
    far.end();
    await settle();
    expect(closings()).toBe(1);
  });

  test('comes after what waited to be read, however much that is', async () => {
    const limits = { pauseOutputBytes: 10_000, maxOutputBytes: 50_000 };
    const { connection, far } = open(limits);
    for (let i = 0; i < 100; i++) connection.sendInTime(`${String(i).padStart(999)}\n`);
    connection.end();
    const seen = reading(far);
    await vi.waitFor(() => expect(far.readableEnded).toBe(true));
    expect(seen().trim().split(/\s+/)).toHaveLength(100);
  });

  test('of the peer’s half ends what it holds at once, and the connection after the drain, whatever is unread', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { connection, near, far, closings } = open();
    connection.send(`${'x'.repeat(100_000)}\n`);
    await settle();
    far.end();
    await settle();
    expect([closings(), near.destroyed]).toEqual([1, false]);
    vi.advanceTimersByTime(DRAIN_MS);
    expect(near.destroyed).toBe(true);
  });

  test('what is sent afterwards does not cut off what was sent before', async () => {
    const { connection, far, near } = open();
    const text = `${'x'.repeat(20_000)}\n`;
    connection.send(text);
    connection.refuse(new BrokerError('too_many', 'Enough.'));
    connection.send('a grant that came late\n');
    await settle();
    expect(near.destroyed).toBe(false);
    const said = reading(far);
    await settle();
    expect(said().slice(0, text.length)).toBe(text);
    expect(JSON.parse(said().slice(text.length))).toMatchObject({ error: 'too_many' });
  });

  test('a peer that never reads its last lines is cut off after the drain', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { connection, near, closings } = open();
    connection.send(`${'x'.repeat(20_000)}\n`);
    connection.end();
    connection.end();
    vi.advanceTimersByTime(DRAIN_MS - 1);
    await settle();
    expect(near.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    await settle();
    expect([near.destroyed, closings()]).toEqual([true, 1]);
  });

  test('of the stream by an error ends this connection, and throws nowhere', async () => {
    const { near, closings } = open();
    near.destroy(new Error('ECONNRESET'));
    await settle();
    expect(closings()).toBe(1);
  });

  test('what a connection’s own end sets off is sent to the others at once', async () => {
    const outbox = new Outbox();
    const [near, far] = duplexPair({ allowHalfOpen: false });
    const [nearNext, farNext] = duplexPair();
    const idle = { line: () => {}, closed: () => {} };
    const next = new Connection(nearNext, outbox, DEFAULT_LIMITS, () => idle);
    new Connection(near, outbox, DEFAULT_LIMITS, () => ({
      ...idle,
      closed: () => next.send('granted\n'),
    }));
    const said = reading(farNext);
    far.end();
    far.resume();
    await settle();
    expect(said()).toBe('granted\n');
  });
});
