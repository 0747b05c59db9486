import type { Command } from './command.ts';
import { completionOf } from './completion.ts';
import { del } from './del.ts';
import { get } from './get.ts';
import { health } from './health.ts';
import { init } from './init.ts';
import { lease } from './lease.ts';
import { list } from './list.ts';
import { metrics } from './metrics.ts';
import { once } from './once.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { set } from './set.ts';
import { status } from './status.ts';

/** In the order in which the help has them. */
export const COMMANDS: readonly Command[] = [
  init,
  run,
  status,
  lease,
  once,
  get,
  set,
  del,
  list,
  health,
  metrics,
  report,
  completionOf(() => COMMANDS),
];
