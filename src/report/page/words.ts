import type { Identity } from '../../protocol/messages.ts';

/** `840 ms`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** `vitest worker 3`, whichever process it is by now; of one that has no name, its process. */
export function workerName({ runner, worker, pid }: Identity): string {
  const who = [runner, worker === undefined ? undefined : `worker ${worker}`].filter(Boolean);
  const name = who.length > 0 ? who.join(' ') : 'a client';
  return pid === undefined || worker !== undefined ? name : `${name} (pid ${pid})`;
}
