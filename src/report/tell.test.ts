import { expect, test } from 'vitest';
import type { JournalEvent } from '../core/journal.ts';
import { told } from '../testing/stderr.ts';
import { tellSummary } from './tell.ts';

const ended = (summary: boolean, waitMs: number) => {
  const events: JournalEvent[] = [
    { type: 'wait', ticket: 1, pools: ['lock:db'], session: 1, purpose: {}, at: 0, ms: 0 },
    { type: 'wait_end', ticket: 1, reason: 'timeout', at: waitMs, ms: waitMs },
  ];
  return { config: { summary }, journal: { pools: [], events } };
};

test('the summary of a run that had waits goes to stderr, after an empty line', () => {
  tellSummary(ended(true, 2_000));
  expect(told).toBe(
    '\nephemeral-broker: waits of this run (2.0 s)\n  lock:db: 2.0 s in 1 wait, 1 of them in vain\n    longest: 2.0 s, a client\n',
  );
});

test('a run without waits is told nothing, nor one whose config asks for silence', () => {
  tellSummary(ended(true, 500));
  tellSummary(ended(false, 2_000));
  expect(told).toBe('');
});
