import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Claim, type Want } from './claim.ts';
import { ListPool, LockPool } from './pool.ts';
import { Session } from './session.ts';
import { byTicket, Waiter, WaitQueue } from './waiters.ts';

const pool = new ListPool('p', 'pool', []);
const claim = new Claim(pool, { kind: 'pool', name: 'p' });
const session = new Session(1, {});
const outcome = { granted() {}, refused() {} };

const waiter = (ticket: number, timeoutMs = 100): Waiter =>
  new Waiter(
    ticket,
    session,
    [claim],
    { wants: [claim.want], ttlMs: 1, timeoutMs, purpose: {} },
    outcome,
    7,
  );

const newQueue = () => new WaitQueue('p', waiter(0));

function inOrder(queue: WaitQueue): number[] {
  const tickets: number[] = [];
  for (let w = queue.oldest; w; w = w.newer) tickets.push(w.ticket);
  return tickets;
}

describe('the queue of a request', () => {
  const lock = (name: string): Want => ({ kind: 'lock', name });
  const keyOf = (...wants: Want[]): string =>
    WaitQueue.keyOf(
      new Waiter(
        0,
        session,
        wants.map((want) => new Claim(new LockPool(`lock:${want.name}`), want)),
        { wants, ttlMs: 1, timeoutMs: 1, purpose: {} },
        outcome,
        0,
      ),
    );

  test.each<[string, Want[], Want[]]>([
    ['locks of odd names', [lock('a'), lock('b\nlock:c')], [lock('a'), lock('b'), lock('c')]],
    ['null and no pattern', [{ ...lock('a'), where: null, not: 1 }], [{ ...lock('a'), not: 1 }]],
  ])('is not that of others: %s', (_, some, others) => {
    expect(keyOf(...some)).toBe(keyOf(...some));
    expect(keyOf(...some)).not.toBe(keyOf(...others));
  });
});

describe('a queue of waiters', () => {
  test('keeps the order of tickets, whoever comes, leaves and comes back', () => {
    const steps = fc.array(fc.record({ ticket: fc.integer({ min: 0, max: 9 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const queue = newQueue();
        const waiters = Array.from({ length: 10 }, (_, ticket) => waiter(ticket));
        const inside = new Set<number>();
        for (const { ticket } of all) {
          const one = waiters[ticket]!;
          if (inside.delete(ticket)) queue.remove(one);
          else {
            inside.add(ticket);
            queue.add(one);
          }
          const expected = [...inside].sort((a, b) => a - b);
          expect(inOrder(queue)).toEqual(expected);
          expect(queue.size).toBe(expected.length);
          expect(queue.oldest?.ticket).toBe(expected[0]);
          for (const other of waiters) {
            if (!inside.has(other.ticket))
              expect([other.older, other.newer]).toEqual([undefined, undefined]);
          }
        }
      }),
    );
  });

  test('a new waiter is put last without a walk', () => {
    const queue = newQueue();
    for (let ticket = 0; ticket < 100; ticket++) queue.add(waiter(ticket));
    let looked = 0;
    const watched = new Proxy(waiter(100), {
      get: (target, field) => {
        if (field === 'ticket') looked++;
        return Reflect.get(target, field);
      },
    });
    queue.add(watched);
    expect(looked).toBe(1);
    expect(queue.newest).toBe(watched);
  });
});

test('a waiter waits for its timeout, from when it asked', () => {
  expect(waiter(1, 100)).toMatchObject({ since: 7, deadline: 107, place: -1, checking: undefined });
});

describe('a visit by ticket', () => {
  /** Queues with these tickets; the visit leaves a queue at the tickets in `last`. */
  const visited = (queues: number[][], last: number[] = [], leave = false): number[] => {
    const all = queues.map((tickets) => {
      const queue = newQueue();
      for (const ticket of tickets) queue.add(waiter(ticket));
      return queue;
    });
    const seen: number[] = [];
    byTicket(all, (each) => {
      seen.push(each.ticket);
      if (leave) each.queue!.remove(each);
      return !last.includes(each.ticket);
    });
    return seen;
  };

  test('goes over all queues by age, also where the visited leave', () => {
    for (const leave of [false, true]) {
      expect(visited([[1, 4, 6], [2, 3], [], [5]], [], leave)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test('leaves a queue when told to', () => {
    expect(visited([[1, 4, 6], [2, 3, 7], [5]], [4, 2])).toEqual([1, 2, 4, 5]);
  });
});
