import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import type { Reply } from '../protocol/messages.ts';
import type { Connection, Pending } from './connection.ts';
import { Lease } from './lease.ts';
import { Renewals } from './renewals.ts';

// As it is, but under the hands of fake timers.
vi.mock('./real-time.ts', () => ({
  now: () => performance.now(),
  setTimer: (callback: () => void, ms: number) => setTimeout(callback, ms),
  clearTimer: (timer: NodeJS.Timeout | undefined) => clearTimeout(timer),
}));

const TTL = 900;

interface Sent {
  fields: Record<string, unknown>;
  waitMs: number | undefined;
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** What was asked of the broker, answered by the tests. */
let sent: Sent[];
/** What was said to the broker that needs no answer. */
let told: Record<string, unknown>[];
let renewals: Renewals;
let ends: number;

const send = (fields: string, { resolve, reject }: Pending, waitMs?: number) =>
  sent.push({ fields: JSON.parse(`{${fields}}`), waitMs, resolve, reject });

const connection = {
  send,
  hurry: () => {},
  request: (fields: string, waitMs?: number) =>
    new Promise<Reply>((resolve, reject) => {
      send(fields, { resolve, reject }, waitMs);
    }),
  tell: (fields: string) => told.push(JSON.parse(`{${fields}}`)),
} as unknown as Connection;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  [sent, told, ends] = [[], [], 0];
  renewals = new Renewals();
});
afterEach(() => vi.useRealTimers());

function lease(askedAt = performance.now()): Lease<{ user: string }> {
  const reply = { ok: true, lease: 'one#1', token: 1, ttlMs: TTL, value: { user: 'a' } };
  return new Lease(connection, renewals, reply, askedAt, () => ends++);
}

const actions = () => sent.map(({ fields }) => fields.action);

/** Time passes; renewals are answered as they come. */
async function passAnswering(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    await vi.advanceTimersByTimeAsync(10);
    for (const { resolve } of sent) resolve({ ok: true });
  }
}

/** This process stands still: no timer fires, and the clock goes on. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  vi.spyOn(performance, 'now').mockImplementation(() => until);
}

function thrownBy(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    return error as BrokerError;
  }
  throw new Error('nothing was thrown');
}

describe('a lease that is held', () => {
  test('tells what it is', () => {
    const held = lease();
    expect(held).toMatchObject({
      id: 'one#1',
      token: 1,
      ttlMs: TTL,
      value: { user: 'a' },
      held: true,
    });
    expect(held.signal.aborted).toBe(false);
    expect(held.expiresAt).toBe(Date.now() + TTL);
  });

  test('is renewed at a third of its TTL, for as long as it takes', async () => {
    const held = lease();
    await passAnswering(10 * TTL);
    expect(actions()).toEqual(Array(sent.length).fill('renew'));
    expect(sent.length).toBeGreaterThanOrEqual(28);
    expect(sent.length).toBeLessThanOrEqual(31);
    expect(held.value).toEqual({ user: 'a' });
    expect(held.expiresAt).toBeGreaterThan(Date.now() + TTL / 2);
  });

  test('is not lost for lack of an answer: the broker may only be stopped', async () => {
    const held = lease();
    await vi.advanceTimersByTimeAsync(100 * TTL);
    expect(held.held).toBe(true);
    expect(held.signal.aborted).toBe(false);
    expect(sent[0]!.waitMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('whose grant lay unread for long is renewed at once: its TTL began before it was read', async () => {
    const askedAt = performance.now();
    vi.advanceTimersByTime(TTL - 50);
    lease(askedAt);
    await vi.advanceTimersByTimeAsync(1);
    expect(actions()).toEqual(['renew']);
  });

  test('keeps what it holds to itself when it is printed', () => {
    expect(JSON.stringify(lease())).toBe('{"id":"one#1","token":1,"ttlMs":900}');
  });
});

describe('renew', () => {
  test('asks the broker now, and starts the TTL anew', async () => {
    const held = lease();
    vi.advanceTimersByTime(200);
    const renewed = held.renew();
    sent[0]!.resolve({ ok: true });
    await renewed;
    expect(held.expiresAt).toBe(Date.now() + TTL);
  });

  test('that the broker refuses loses the lease, with the broker’s reason', async () => {
    const held = lease();
    const { signal } = held;
    const renewed = held.renew();
    const refusal = new BrokerError('lease_lost', 'expired', { reason: 'expired' });
    sent[0]!.reject(refusal);
    await expect(renewed).rejects.toBe(refusal);
    expect(signal.reason).toMatchObject({ code: 'lease_lost', details: { reason: 'expired' } });
    expect(signal.reason.cause).toBe(refusal);
  });

  test('without an answer fails in time and is no proof of a loss', async () => {
    const held = lease();
    const renewed = held.renew();
    expect(sent[0]!.waitMs).not.toBe(Number.POSITIVE_INFINITY);
    sent[0]!.reject(new BrokerError('broker_unresponsive', 'no answer'));
    await expect(renewed).rejects.toMatchObject({ code: 'broker_unresponsive' });
    expect([held.held, held.signal.aborted]).toEqual([true, false]);
  });
});

describe('release', () => {
  test('gives back once, whoever asks again', async () => {
    const held = lease();
    const releases = [held.release(), held.release(), held[Symbol.asyncDispose]()];
    expect(actions()).toEqual(['release']);
    sent[0]!.resolve({ ok: true });
    await Promise.all(releases);
    await held.release();
    expect([actions().length, ends, held.held]).toEqual([1, 1, false]);
  });

  test('ends every use at once, before it is answered, and aborts nothing', () => {
    const held = lease();
    const { signal } = held;
    held.release();
    expect(thrownBy(() => held.value)).toMatchObject({
      code: 'lease_lost',
      details: { reason: 'released' },
    });
    expect(signal.aborted).toBe(false);
  });

  test('ends the renewals', async () => {
    const held = lease();
    held.release();
    await vi.advanceTimersByTimeAsync(10 * TTL);
    expect(actions()).toEqual(['release']);
    expect([...renewals]).toEqual([]);
  });

  test('of a lease that was lost says so: what ran under it did not run alone', async () => {
    const held = lease();
    held.lose('disconnected');
    await expect(held.release()).rejects.toMatchObject({ code: 'lease_lost' });
    expect(actions()).toEqual([]);
  });

  test('happens at the end of a scope, by await using', async () => {
    {
      await using held = lease();
      expect(held.value.user).toBe('a');
      queueMicrotask(() => queueMicrotask(() => sent[0]?.resolve({ ok: true })));
    }
    expect(actions()).toEqual(['release']);
  });
});

describe('a lease that is lost', () => {
  test.each(['expired', 'disconnected', 'stopped'] as const)(
    '(%s) aborts its signal with a typed reason, and every use throws it',
    (reason) => {
      const held = lease();
      const aborts: unknown[] = [];
      held.signal.addEventListener('abort', () => aborts.push(held.signal.reason));
      const cause = new Error('why');
      held.lose(reason, cause);
      held.lose('stopped');
      expect(aborts).toEqual([
        expect.objectContaining({ code: 'lease_lost', details: { lease: 'one#1', reason }, cause }),
      ]);
      expect(thrownBy(() => held.value)).toBe(aborts[0]);
      expect([held.held, ends]).toEqual([false, 1]);
    },
  );

  test('tells so also through a signal that is asked for afterwards', () => {
    const held = lease();
    held.lose('expired');
    expect(held.signal.aborted).toBe(true);
    expect(held.signal.reason).toMatchObject({ code: 'lease_lost' });
    expect(held.signal).toBe(held.signal);
  });

  test('rejects renew, and asks the broker nothing more', async () => {
    const held = lease();
    held.lose('expired');
    await expect(held.renew()).rejects.toMatchObject({ code: 'lease_lost' });
    await vi.advanceTimersByTimeAsync(10 * TTL);
    expect(sent).toEqual([]);
  });

  test('names no value', () => {
    const held = lease();
    held.lose('expired');
    expect(held.signal.reason.message).not.toContain('user');
  });
});

describe('a process that stood still for longer than the TTL', () => {
  const uses: [string, (held: Lease) => unknown][] = [
    ['value', (held) => thrownBy(() => held.value)],
    ['held', (held) => expect(held.held).toBe(false)],
    ['signal', (held) => expect(held.signal.aborted).toBe(true)],
    ['renew', (held) => expect(held.renew()).rejects.toMatchObject({ code: 'lease_lost' })],
    ['release', (held) => expect(held.release()).rejects.toMatchObject({ code: 'lease_lost' })],
  ];

  test.each(uses)('learns of the loss at its first use: %s', async (_, use) => {
    const held = lease();
    standStill(TTL);
    await use(held);
    expect(thrownBy(() => held.value)).toMatchObject({ details: { reason: 'expired' } });
    // The broker may have stood still too: then nobody else would get it.
    expect(told).toEqual([{ action: 'release', lease: 'one#1' }]);
  });

  test('learns it by the timer too, without any use', async () => {
    const { signal } = lease();
    standStill(TTL + 1);
    await vi.advanceTimersByTimeAsync(TTL);
    expect(signal.reason).toMatchObject({ code: 'lease_lost', details: { reason: 'expired' } });
    expect(actions()).toEqual([]);
  });

  test('a moment less is no loss', () => {
    const held = lease();
    standStill(TTL - 1);
    expect(held.value).toEqual({ user: 'a' });
  });
});
