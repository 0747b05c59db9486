import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JournalEvent } from './journal.ts';
import type { Project, Started } from './project.ts';

/** What the errors of the test that closed the cycle tell, whichever runner it has. */
export const DEADLOCK = [
  /test 'crosses' in (1\.test|suite)\.js waits for pool 'second' \(1 in all\)/,
  /test 'FAILS by a deadlock' in (2\.test|suite)\.js waits for pool 'first' \(1 in all\)/,
  'Lease all of it at once (leaseAll), or always in the same order',
];

/** Told once, while the test waited. */
export function expectNotice(output: string): void {
  const told = output.match(/ephemeral-broker: test '.+': Waiting for pool 'kept'.*/g);
  expect(told, output).toEqual([
    "ephemeral-broker: test 'waits behind a worker': Waiting for pool 'kept' (1 in all), which other workers hold until they end: scope 'worker'. This may last for the rest of the run. Run no more workers than there are resources, or lease with scope 'test'.",
  ]);
}

/** At the end of the run, when all has been waited for, and drawn. */
export function expectSummary(output: string): void {
  expect(output).toMatch(
    /ephemeral-broker: waits of this run \(.+\)\n(.*\n)* {2}kept: \d\.\d s in 1 wait, 1 of them in vain.*\n(.*\n)*ephemeral-broker: report: report\.html\n/,
  );
}

/** How the leases of pools with a reset hook have ended, as it was told. */
export async function resets(project: Project, value: string): Promise<string[]> {
  const lines = (await project.file('resets.txt')).trim().split('\n');
  return lines.filter((line) => line.startsWith(`${value}: `)).map((line) => line.split(': ')[1]!);
}

/** What the broker itself made was made once, and was disposed of when the run had ended. */
export async function expectTenant(project: Project): Promise<void> {
  expect(await project.file('tenants.txt')).toBe('provided\nt1 disposed of\n');
}

/** What was made is disposed of, where the runner lets it; else that is told. */
export function expectDisposal(project: Project, { output }: Started, sure: boolean): void {
  const told = "the run ended before these values were disposed of: 'tenant'";
  const disposed = existsSync(join(project.directory, 'disposed'));
  expect(disposed || (!sure && output.includes(told)), output).toBe(true);
}

/** What a journal tells of the suite, whichever runner had it. */
export function expectRules(journal: JournalEvent[]): void {
  const grants = journal.flatMap(({ resources }) => resources ?? []);
  expect(grants.length).toBeGreaterThan(20);
  // Of one request, and never alone.
  for (const { resources = [] } of journal) {
    const pools = resources.map(({ pool }) => pool).sort();
    if (pools.some((pool) => pool === 'left' || pool === 'right')) {
      expect(pools).toEqual(['left', 'right']);
    }
  }
  const reasons = journal.flatMap(({ type, reason }) => (type === 'wait_end' ? reason : []));
  expect(reasons).toContain('timeout');
  const retired = journal.filter(({ state }) => state === 'retired');
  expect(retired).toMatchObject([{ type: 'resource', pool: 'worn', resource: 0 }]);
  expect(journal).toContainEqual(
    expect.objectContaining({ type: 'end', reason: 'retired', why: 'worn out' }),
  );
}
