import { describe, expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';
import type { HeldLease } from './lease.ts';
import { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

const session = (id: number) => new Session(id, {});

/** Of so many resources of one pool. */
const lease = (count: number) =>
  ({
    token: 1,
    session: session(1),
    all: Array.from({ length: count }, (_, index) => ({ pool: { name: 'p' }, index })),
  }) as unknown as HeldLease;

const waiter = (count = 1) =>
  ({
    session: session(1),
    claims: Array(count).fill({ pool: { name: 'p' } }),
    wish: {},
  }) as unknown as Waiter;

describe('the journal', () => {
  test('tells what happened in order, with the wall clock and the running time', () => {
    const clock = new FakeClock();
    const journal = new Journal(clock);
    journal.sessionStarted(new Session(1, { runner: 'vitest' }));
    clock.advance(5);
    clock.stall(100);
    journal.sessionEnded(session(1));
    const start = clock.wallMs - 105;
    expect(journal.events()).toEqual([
      { type: 'session', session: 1, identity: { runner: 'vitest' }, at: start, ms: 0 },
      { type: 'session_end', session: 1, at: start + 105, ms: 5 },
    ]);
  });

  test('tells its listener of each event in their order, when all of it is there', async () => {
    const told: unknown[] = [];
    const journal = new Journal(new FakeClock(), 10, (event) => told.push(event));
    journal.sessionStarted(new Session(1, { runner: 'vitest' }));
    journal.sessionEnded(session(1));
    expect(told).toEqual([]);
    await null;
    expect(told).toEqual(journal.events());
    expect(told).toHaveLength(2);
  });

  test('keeps who a session is for as long as it tells of it, and no longer', () => {
    const journal = new Journal(new FakeClock(), 3);
    const sessions = () => journal.sessions().map(({ session, identity }) => [session, identity]);
    for (let id = 1; id <= 3; id++) journal.sessionStarted(new Session(id, { worker: `${id}` }));
    expect(sessions()).toEqual([]);
    journal.sessionEnded(session(1));
    journal.sessionEnded(session(2));
    expect(sessions()).toEqual([
      [1, { worker: '1' }],
      [2, { worker: '2' }],
    ]);
    for (let i = 0; i < 3; i++) journal.waits(waiter());
    expect(sessions()).toEqual([[3, { worker: '3' }]]);
  });

  test('is empty before anything happened', () => {
    expect(new Journal(new FakeClock()).events()).toEqual([]);
  });

  test('keeps the last, oldest first, whatever the number that came before', () => {
    for (let capacity = 1; capacity <= 4; capacity++) {
      for (let count = 0; count <= 3 * capacity; count++) {
        const journal = new Journal(new FakeClock(), capacity);
        for (let n = 0; n < count; n++) journal.sessionEnded(session(n));
        const kept = journal.events().map((event) => event.type === 'session_end' && event.session);
        const all = Array.from({ length: count }, (_, n) => n);
        expect(kept).toEqual(all.slice(-capacity));
      }
    }
  });

  test('keeps 50,000 events unless told otherwise', () => {
    const journal = new Journal(new FakeClock());
    for (let n = 0; n < 50_001; n++) journal.sessionEnded(session(n));
    expect(journal.events()).toHaveLength(50_000);
    expect(journal.events()[0]).toMatchObject({ session: 1 });
  });

  test('keeps fewer where they are of many things, and always the last', () => {
    const journal = new Journal(new FakeClock(), 8);
    const kept = () => journal.events().map(({ type }) => type);
    const ended = () => journal.ended(lease(1), 'released', 1, undefined);
    const grant = (things: number) => journal.granted(waiter(), lease(things));
    const wait = (things: number) => journal.waits(waiter(things));
    ended();
    grant(5);
    wait(3);
    expect(kept()).toEqual(['end', 'grant', 'wait']);
    wait(2);
    expect(kept()).toEqual(['wait', 'wait']);
    grant(20);
    expect(kept()).toEqual(['grant']);
    for (let n = 0; n < 7; n++) ended();
    expect(kept()).toEqual(['end', 'end', 'end', 'end', 'end', 'end', 'end']);
    ended();
    ended();
    expect(kept()).toHaveLength(8);
  });

  test('hands out a list of its own: changing it changes nothing', () => {
    const journal = new Journal(new FakeClock());
    journal.sessionEnded(session(1));
    journal.events().pop();
    expect(journal.events()).toHaveLength(1);
  });
});
