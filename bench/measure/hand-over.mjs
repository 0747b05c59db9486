// Eight processes take and release one lock as fast as they can, on two cores. A hand-over is the
// time from just before a holder asks to release until the `lock` of the next one, another process,
// has resolved, by the monotonic clock that all processes of a host share.
import { percentile } from '../report.mjs';

export const needs = 'lock';
export const cores = 2;
export const processes = 8;
/** A process comes round once in a millisecond: in less time some of its code would not be compiled yet. */
export const warmMs = 5_000;

export async function drive(client, { warmMs, runMs }) {
  const grants = [];
  const end = nowUs() + (warmMs + runMs) * 1000;
  // Whoever still waits at the end may wait long: nobody waits for it.
  const late = new Promise((resolve) => setTimeout(resolve, warmMs + runMs + 50));
  const loop = async () => {
    while (nowUs() < end) {
      const release = await client.lock('lock');
      const granted = nowUs();
      const grant = [granted, granted];
      grants.push(grant);
      grant[1] = nowUs();
      await release();
    }
  };
  await Promise.race([late, loop()]);
  return { grants, from: end - runMs * 1000, end };
}

export function merge(results) {
  const from = Math.max(...results.map((result) => result.from));
  const end = Math.min(...results.map((result) => result.end));
  const grants = results
    .flatMap((result, process) =>
      result.grants.map(([granted, released]) => ({ process, granted, released })),
    )
    .filter(({ granted }) => granted >= from && granted < end)
    .sort((a, b) => a.granted - b.granted);
  const handOvers = [];
  let again = 0;
  for (let i = 1; i < grants.length; i++) {
    const us = grants[i].granted - grants[i - 1].released;
    if (us < 0) throw new Error('two held the lock at once');
    if (grants[i].process === grants[i - 1].process) again++;
    else handOvers.push(us);
  }
  const counts = results.map(
    (_, process) => grants.filter((grant) => grant.process === process).length,
  );
  return {
    p50: percentile(handOvers, 50),
    p99: percentile(handOvers, 99),
    perGrant: (end - from) / grants.length,
    fairness: Math.max(...counts) / Math.min(...counts),
    again: (100 * again) / (grants.length - 1),
  };
}

const nowUs = () => Number(process.hrtime.bigint()) / 1000;
