import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type FrameFault, LineDecoder } from './frames.ts';

/** What a stream came to: its lines, in order, and at the end its fault, if it had one. */
interface Seen {
  lines: string[];
  faults: FrameFault[];
}

/** Pushes through one buffer that is overwritten after every push, as a socket with `onread` does. */
function decode(chunks: Buffer[], cap: number): Seen {
  const seen: Seen = { lines: [], faults: [] };
  const decoder = new LineDecoder(
    cap,
    (line) => {
      expect(seen.faults, 'a line after a fault').toEqual([]);
      seen.lines.push(line);
    },
    (fault) => seen.faults.push(fault),
  );
  const reused = Buffer.alloc(Math.max(1, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    chunk.copy(reused);
    decoder.push(reused.subarray(0, chunk.length));
    reused.fill(0x7a);
  }
  return seen;
}

/** The same by the definition, looking at the whole stream at once. */
function reference(bytes: Buffer, cap: number): Seen {
  const lines: string[] = [];
  for (let start = 0; ; ) {
    const newline = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, newline === -1 ? bytes.length : newline);
    if (line.length > cap) return { lines, faults: ['line_too_long'] };
    if (newline === -1) return { lines, faults: [] };
    if (!isUtf8(line)) return { lines, faults: ['bad_utf8'] };
    lines.push(line.toString('utf8'));
    start = newline + 1;
  }
}

function cut(bytes: Buffer, at: number[]): Buffer[] {
  const places = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

const CAP = 12;
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constant(Buffer.from('\n')) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }).map((s) => Buffer.from(s)) },
  { weight: 1, arbitrary: fc.constantFrom('{"a":1}', '\r', '\ufeff', '€', '👍').map(Buffer.from) },
  { weight: 1, arbitrary: fc.nat(CAP + 2).map((n) => Buffer.alloc(n, 'x')) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }).map((b) => Buffer.from(b)) },
);
const stream = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('any split of any bytes', () => {
  test('gives the lines and the fault of the definition', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, at) => {
        expect(decode(cut(bytes, at), CAP)).toEqual(reference(bytes, CAP));
      }),
      { numRuns: 5_000 },
    );
  });

  test('every pair of cuts through characters of two, three and four bytes gives them whole', () => {
    const bytes = Buffer.from('é€👍\n\n"👩‍👩‍👧"\nñ');
    const whole = reference(bytes, 100);
    expect(whole.lines).toEqual(['é€👍', '', '"👩‍👩‍👧"']);
    for (let a = 0; a <= bytes.length; a++) {
      for (let b = a; b <= bytes.length; b++)
        expect(decode(cut(bytes, [a, b]), 100)).toEqual(whole);
    }
  });

  test('every pair of cuts around a fault gives the lines before it and nothing after it', () => {
    const faulty = [
      Buffer.from('one\ntwo\n\xff\nthree\nfour\n', 'latin1'),
      Buffer.from('\n\xff\nthree\n', 'latin1'),
      Buffer.from('\xff\n\xff\nthree\n', 'latin1'),
      Buffer.from('one\n\ntoo long by far\nthree\n\xff\n', 'latin1'),
      Buffer.from('\xc3\n\xa9\nthree\n', 'latin1'),
    ];
    for (const bytes of faulty) {
      const whole = reference(bytes, CAP);
      expect(whole.faults).toHaveLength(1);
      for (let a = 0; a <= bytes.length; a++) {
        for (let b = a; b <= bytes.length; b++) {
          expect(decode(cut(bytes, [a, b]), CAP)).toEqual(whole);
        }
      }
    }
  });

  test('a half character at the end of a line is bad UTF-8, not the start of the next line', () => {
    expect(decode([Buffer.from([0xe2, 0x82, 0x0a, 0xac, 0x0a])], CAP).faults).toEqual(['bad_utf8']);
    expect(decode([Buffer.from([0xe2, 0x82]), Buffer.from([0x0a])], CAP).faults).toEqual([
      'bad_utf8',
    ]);
  });

  test('surrogates and overlong forms in UTF-8 are refused', () => {
    for (const bytes of [
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf4, 0x90, 0x80, 0x80],
    ]) {
      expect(decode([Buffer.from([...bytes, 0x0a])], CAP)).toEqual({
        lines: [],
        faults: ['bad_utf8'],
      });
    }
  });
});

describe('the cap', () => {
  test('counts bytes, not characters, and not the newline', () => {
    const euros = Buffer.from(`${'€'.repeat(4)}\n`);
    expect(decode([euros], 12)).toEqual({ lines: ['€€€€'], faults: [] });
    expect(decode([euros], 11)).toEqual({ lines: [], faults: ['line_too_long'] });
  });

  test('is for each line: many short ones may be longer together', () => {
    const bytes = Buffer.from('abc\n'.repeat(1_000));
    expect(decode([bytes], 3).lines).toHaveLength(1_000);
  });

  test('a half line beyond it is a fault at once, before its newline comes', () => {
    expect(decode([Buffer.alloc(13)], 12).faults).toEqual(['line_too_long']);
    expect(decode([Buffer.alloc(12)], 12).faults).toEqual([]);
    expect(decode([Buffer.alloc(6), Buffer.alloc(7)], 12).faults).toEqual(['line_too_long']);
  });

  test('raised while a line is taken (a client has proved itself) counts for all that follows, in the same chunk too', () => {
    const bytes = Buffer.from(`auth\n${'x'.repeat(50)}\n${'y'.repeat(101)}\nz\n`);
    for (let at = 0; at <= bytes.length; at++) {
      const seen: string[] = [];
      const decoder = new LineDecoder(
        10,
        (line) => {
          seen.push(line);
          decoder.maxLineBytes = 100;
        },
        (fault) => seen.push(fault),
      );
      for (const chunk of cut(bytes, [at])) decoder.push(chunk);
      // Cut behind the whole first line, the raise is known in time whatever the rest; cut within
      // it or nowhere, it has to be noticed in the middle of a chunk.
      expect(seen).toEqual(['auth', 'x'.repeat(50), 'line_too_long']);
    }
  });
});

describe('memory', () => {
  /** The sizes of all buffers that the decoder asked for. */
  function allocations(): number[] {
    const sizes: number[] = [];
    const allocate = Buffer.allocUnsafeSlow;
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      sizes.push(size);
      return allocate(size);
    });
    return sizes;
  }

  test('a giant line costs at most twice the cap, however it comes', () => {
    for (const chunkBytes of [900, 7_001, 60_000, 100_000]) {
      const sizes = allocations();
      const faults: FrameFault[] = [];
      const decoder = new LineDecoder(
        100_000,
        () => {},
        (fault) => faults.push(fault),
      );
      const chunk = Buffer.alloc(chunkBytes, 'x');
      for (let i = 0; i < 1_000; i++) decoder.push(chunk);
      expect(faults).toEqual(['line_too_long']);
      // What is held at once is the buffer that was full and the one grown from it.
      expect(sizes.length).toBeGreaterThan(0);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000);
      vi.restoreAllMocks();
    }
  });

  test('a line that drips in byte by byte is copied O(log n) times, and comes out whole', () => {
    const sizes = allocations();
    const lines: string[] = [];
    const decoder = new LineDecoder(
      1_048_576,
      (line) => lines.push(line),
      () => {},
    );
    const byte = Buffer.from('x');
    for (let i = 0; i < 100_000; i++) decoder.push(byte);
    decoder.push(Buffer.from('\n'));
    expect(lines).toEqual(['x'.repeat(100_000)]);
    expect(sizes.length).toBeLessThanOrEqual(18);
  });

  test('300 half lines of a few bytes cost little each', () => {
    const sizes = allocations();
    for (let i = 0; i < 300; i++) {
      new LineDecoder(
        4_096,
        () => {},
        () => {},
      ).push(Buffer.from('{'));
    }
    expect(sizes).toHaveLength(300);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });

  test('whole lines in one chunk are not copied at all', () => {
    const sizes = allocations();
    expect(decode([Buffer.from('a\nb\nc\n')], CAP).lines).toEqual(['a', 'b', 'c']);
    expect(sizes).toEqual([]);
  });
});

describe('after a stop', () => {
  test('nothing more is taken, not even the rest of the chunk, whatever the split', () => {
    const bytes = Buffer.from('one\ntwo\nthree\nfour\n');
    for (let a = 0; a <= bytes.length; a++) {
      for (let b = a; b <= bytes.length; b++) {
        const seen: string[] = [];
        const decoder = new LineDecoder(
          CAP,
          (line) => {
            seen.push(line);
            if (line === 'two') decoder.stop();
          },
          (fault) => seen.push(fault),
        );
        for (const chunk of cut(bytes, [a, b])) decoder.push(chunk);
        expect(seen).toEqual(['one', 'two']);
      }
    }
  });

  test('a fault in the rest of the chunk is not told', () => {
    const seen: string[] = [];
    const decoder = new LineDecoder(
      CAP,
      (line) => {
        seen.push(line);
        decoder.stop();
      },
      (fault) => seen.push(fault),
    );
    decoder.push(Buffer.from('one\n\xff\n', 'latin1'));
    decoder.push(Buffer.alloc(100));
    expect(seen).toEqual(['one']);
  });

  test('the fault is told once, even when more bytes come', () => {
    const bad = Buffer.from('\xff\n', 'latin1');
    expect(decode([bad, bad, Buffer.from('good\n'), Buffer.alloc(100)], CAP)).toEqual({
      lines: [],
      faults: ['bad_utf8'],
    });
  });
});

test('an empty chunk changes nothing', () => {
  const empty = Buffer.alloc(0);
  expect(decode([empty, Buffer.from('a'), empty, Buffer.from('b\n'), empty], CAP)).toEqual({
    lines: ['ab'],
    faults: [],
  });
});
