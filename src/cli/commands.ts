import type { Command } from './command.ts';
import { del } from './del.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { run } from './run.ts';
import { set } from './set.ts';
import { status } from './status.ts';

/** In the order in which the help has them. */
export const COMMANDS: readonly Command[] = [run, status, get, set, del, list];
