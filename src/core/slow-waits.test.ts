import { expect, test } from 'vitest';
import { NOTICE_MS } from '../protocol/limits.ts';
import { NOTICES_PER_SWEEP, SlowWaits } from './slow-waits.ts';

const sweep = <T extends { since: number }>(waits: SlowWaits<T>, now: number): T[] => {
  const told: T[] = [];
  waits.sweep(now, (wait) => told.push(wait));
  return told;
};

test('who has waited for long is told once, and who waits no more is not told', () => {
  const waits = new SlowWaits();
  const [first, gone, last] = [{ since: 0 }, { since: 1 }, { since: 2 }];
  for (const each of [first, gone, last]) waits.add(each);
  waits.remove(gone);
  expect(sweep(waits, NOTICE_MS - 1)).toEqual([]);
  expect(sweep(waits, NOTICE_MS + 1)).toEqual([first]);
  expect(sweep(waits, NOTICE_MS + 2)).toEqual([last]);
  expect(sweep(waits, 2 * NOTICE_MS)).toEqual([]);
});

test('of very many some are told at a time, and all in the end', () => {
  const waits = new SlowWaits();
  for (let i = 0; i <= NOTICES_PER_SWEEP; i++) waits.add({ since: 0 });
  expect(sweep(waits, NOTICE_MS)).toHaveLength(NOTICES_PER_SWEEP);
  expect(sweep(waits, NOTICE_MS)).toHaveLength(1);
});
