import { describe, expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { Journal } from './journal.ts';

const ended = (lease: string) => ({ type: 'end', lease, reason: 'released', heldMs: 1 }) as const;

describe('the journal', () => {
  test('tells what happened in order, with the wall clock and the running time', () => {
    const clock = new FakeClock();
    const journal = new Journal(clock);
    journal.add({ type: 'session', session: 1, identity: { runner: 'vitest' } });
    clock.advance(5);
    clock.stall(100);
    journal.add({ type: 'session_end', session: 1 });
    const start = clock.wallMs - 105;
    expect(journal.events()).toEqual([
      { type: 'session', session: 1, identity: { runner: 'vitest' }, at: start, ms: 0 },
      { type: 'session_end', session: 1, at: start + 105, ms: 5 },
    ]);
  });

  test('is empty before anything happened', () => {
    expect(new Journal(new FakeClock()).events()).toEqual([]);
  });

  test('keeps the last, oldest first, whatever the number that came before', () => {
    for (let capacity = 1; capacity <= 4; capacity++) {
      for (let count = 0; count <= 3 * capacity; count++) {
        const journal = new Journal(new FakeClock(), capacity);
        for (let n = 0; n < count; n++) journal.add({ type: 'session_end', session: n });
        const kept = journal.events().map((event) => event.type === 'session_end' && event.session);
        const all = Array.from({ length: count }, (_, n) => n);
        expect(kept).toEqual(all.slice(-capacity));
      }
    }
  });

  test('keeps 50,000 events unless told otherwise', () => {
    const journal = new Journal(new FakeClock());
    for (let n = 0; n < 50_001; n++) journal.add({ type: 'session_end', session: n });
    expect(journal.events()).toHaveLength(50_000);
    expect(journal.events()[0]).toMatchObject({ session: 1 });
  });

  test('keeps fewer where they are of many things, and always the last', () => {
    const journal = new Journal(new FakeClock(), 8);
    const kept = () => journal.events().map(({ type }) => type);
    const grant = (things: number): void => {
      const resources = Array.from({ length: things }, (_, resource) => ({ pool: 'p', resource }));
      const [pool, purpose] = ['p', {}];
      const told = { ticket: 1, lease: 'p#1', session: 1, purpose, waitedMs: 0, pool, resource: 0 };
      journal.add({ type: 'grant', ...told, resources });
    };
    const wait = (things: number): void => {
      const pools = Array(things).fill('p');
      journal.add({ type: 'wait', ticket: 1, pools, session: 1, purpose: {} });
    };
    journal.add(ended('p#1'));
    grant(5);
    wait(3);
    expect(kept()).toEqual(['end', 'grant', 'wait']);
    wait(2);
    expect(kept()).toEqual(['wait', 'wait']);
    grant(20);
    expect(kept()).toEqual(['grant']);
    for (let n = 0; n < 7; n++) journal.add(ended('p#2'));
    expect(kept()).toEqual(['end', 'end', 'end', 'end', 'end', 'end', 'end']);
    journal.add(ended('p#3'));
    journal.add(ended('p#4'));
    expect(kept()).toHaveLength(8);
  });

  test('hands out a list of its own: changing it changes nothing', () => {
    const journal = new Journal(new FakeClock());
    journal.add(ended('a#1'));
    journal.events().pop();
    expect(journal.events()).toHaveLength(1);
  });
});
