import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Machine } from '../report/journal-file.ts';

/** How busy the machine is. */
export class MachineUse {
  #since: Spent | undefined;

  /** From now on, unless it was called before. */
  watch(): void {
    this.#since ??= spent();
  }

  /** Undefined: nothing was to be seen. Where the system does not tell them apart, all is our own. */
  told(): Machine | undefined {
    if (!this.#since) return undefined;
    const now = spent();
    const ms = now.ms - this.#since.ms;
    const busy = (now.busyMs - this.#since.busyMs) / ms;
    if (!(busy > 0)) return undefined;
    const ownMs = now.ownMs - this.#since.ownMs;
    // Below 0: what was counted as ours lives on as nobody's.
    const own = Number.isNaN(ownMs) ? busy : Math.min(busy, Math.max(0, ownMs / ms));
    return { processors: availableParallelism(), own, others: busy - own };
  }
}

interface Spent {
  ms: number;
  /** By all processors. */
  busyMs: number;
  /** NaN: the system does not tell. */
  ownMs: number;
}

function spent(): Spent {
  const all = cpus();
  let busyMs = 0;
  for (const { times } of all) busyMs += times.user + times.nice + times.sys + times.irq;
  return { ms: performance.now(), busyMs, ownMs: ofProcess('self') };
}

/** Linux counts in 1/100 s. */
const TICK_MS = 10;

/** What it spent, and so far those that it started: those that have ended, and those that live. */
function ofProcess(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Its name comes before, and may be anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    let ms = 0;
    for (const ticks of fields.slice(11, 15)) ms += Number(ticks) * TICK_MS;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
      for (const child of children.split(' ')) if (child !== '') ms += ofProcess(child) || 0;
    }
    return ms;
  } catch {
    return Number.NaN;
  }
}
