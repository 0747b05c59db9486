import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs, formatMs, MAX_DURATION_MS } from './duration.ts';

describe('durationMs', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['24d', MAX_DURATION_MS],
    ['1.5s', 1_500],
    ['0.0001s', 1],
    [' 30s ', 30_000],
    [30_000, 30_000],
    [1.2, 2],
    [MAX_DURATION_MS, MAX_DURATION_MS],
  ])('%s is %d ms', (span, ms) => {
    if (span === '0.0001s') expect(durationMs(span, 'ttl', 0)).toBe(ms);
    else expect(durationMs(span, 'ttl')).toBe(ms);
  });

  test('every number with a unit counts as that many of it', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom<keyof typeof units>('ms', 's', 'm', 'h'),
        (amount, unit) => {
          expect(durationMs(`${amount}${unit}`, 'ttl')).toBe(amount * units[unit]);
        },
      ),
    );
  });

  test.each([
    '5',
    '',
    's',
    '-5s',
    '+5s',
    '5 s',
    '5S',
    '5s5s',
    '1e3ms',
    '.5s',
    '5.s',
    '0x5s',
    '5sec',
    '٣s',
    'Infinity',
    '0s',
    '25d',
    0,
    -1,
    0.5,
    MAX_DURATION_MS + 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    [],
    ['5s'],
    { valueOf: () => 5 },
    Object(5),
    5n,
  ])('%o is refused as no time span: a value never lives for ever by mistake', (span) => {
    expect(() => durationMs(span as never, 'ttl')).toThrow(
      expect.objectContaining({
        code: 'bad_option',
        message: expect.stringContaining('ttl: expected a number of milliseconds from 1 to'),
        details: { name: 'ttl' },
      }),
    );
  });

  test('the least is the caller’s: a wait may be 0, a lease may be refused below 100', () => {
    expect(durationMs(0, 'timeout', 0)).toBe(0);
    expect(() => durationMs('99ms', 'ttl', 100)).toThrow('from 100 to');
    expect(durationMs('100ms', 'ttl', 100)).toBe(100);
  });

  test('a text that was refused is not repeated: it may be a secret in the wrong place', () => {
    expect(() => durationMs('hunter2', 'ttl')).toThrow(/got a text\.$/);
  });
});

describe('formatMs', () => {
  test.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [850, '850 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1_000, '1.0 s'],
    [3_249, '3.2 s'],
    [59_940, '59.9 s'],
    [59_999, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_999, '2 min 0 s'],
    [250_000, '4 min 10 s'],
    [3_600_000, '60 min 0 s'],
  ])('%d ms reads as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  test('never says 1000 ms, 60 s, or less than is true by more than its last digit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10_000_000, noNaN: true }), (ms) => {
        const text = formatMs(ms);
        const [, minutes = '0', seconds = '0', millis = '0'] =
          /^(?:(?:(\d+) min )?([\d.]+) s|(\d+) ms)$/.exec(text) ?? [];
        expect(Number(seconds)).toBeLessThan(60);
        expect(Number(millis)).toBeLessThan(1_000);
        const read = Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(millis);
        const digit = text.endsWith('ms') ? 1 : text.includes('min') ? 1_000 : 100;
        expect(Math.abs(read - ms)).toBeLessThanOrEqual(digit / 2 + 1e-6);
      }),
    );
  });
});
