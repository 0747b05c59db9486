import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { durationMs } from '../protocol/duration.ts';
import { type Command, PIPE_OPTION } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { jsonLine, say } from './output.ts';
import { statusLines } from './status-view.ts';

/** Often enough to follow a run, seldom enough to read it. */
const EVERY = '1s';
/** To the upper left; from there, each line is cleared behind its end, and all below the last. */
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** The screen of full-screen programs, no cursor, and no line that goes on in the next; what was there before comes back at the end. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

export const status: Command = {
  name: 'status',
  summary: 'print who holds what, and who waits for it',
  usage: '[--watch] [--json]',
  details: `
Pools, and how they stand; who waits, for how long; what is held, by which test,
for how long; barriers, rate limits, and the keys of values.
With --watch it goes on until Ctrl-C, or until the broker ends (code 0 then): in
a terminal on one screen that is drawn anew, elsewhere in blocks of plain lines.`,
  options: {
    watch: { help: 'go on', short: 'w' },
    every: { value: 'SPAN', help: `with --watch, how often; default: ${EVERY}` },
    json: { help: 'as one line of JSON, as docs/protocol.md has it' },
    pipe: PIPE_OPTION,
  },
  words: [0, 0],
  example: 'status --watch',
  run({ values, flags }) {
    const everyMs = durationMs(values.every ?? EVERY, '--every', 50);
    return withClient(values.pipe, async (client) => {
      const hasScreen = process.stdout.isTTY && process.env.TERM !== 'dumb';
      const screen = hasScreen && flags.has('watch') && !flags.has('json');
      if (screen) return await watchOnScreen(client, everyMs);
      const show = flags.has('json') ? showJson : showLines;
      show(await client.status());
      if (flags.has('watch')) {
        await whileThere(everyMs, async () => show(await client.status()));
      }
      return EXIT.done;
    });
  },
};

type Shown = Awaited<ReturnType<Client['status']>>;

/** Without what belongs to the reply alone. */
const showJson = ({ pools, leases, waiters, keys, limits, barriers, totals }: Shown): void =>
  say(jsonLine({ pools, leases, waiters, keys, limits, barriers, totals }));

const showLines = (shown: Shown): void => say(`${statusLines(shown).join('\n')}\n`);

/** Those that end it or, by Ctrl-Z, halt it: the terminal is given back first. */
const LEAVING = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGTSTP'] as const;

async function watchOnScreen(client: Client, everyMs: number): Promise<number> {
  const { stdout } = process;
  let shown = await client.status();
  const draw = () => {
    const lines = statusLines(shown, stdout.columns, stdout.rows);
    const rows = lines.map((line) => line + CLEAR_LINE);
    stdout.write(HOME + rows.join('\n') + CLEAR_BELOW);
  };
  const left = (name: NodeJS.Signals) => {
    stdout.write(LEAVE);
    // Now with its default effect.
    process.off(name, left);
    process.kill(process.pid, name);
  };
  const enter = () => {
    process.off('SIGTSTP', left).on('SIGTSTP', left);
    stdout.write(ENTER);
    draw();
  };
  for (const name of LEAVING) process.on(name, left);
  process.on('SIGCONT', enter);
  stdout.on('resize', draw);
  enter();
  try {
    await whileThere(everyMs, async () => {
      shown = await client.status();
      draw();
    });
  } finally {
    for (const name of LEAVING) process.off(name, left);
    process.off('SIGCONT', enter);
    stdout.off('resize', draw);
    stdout.write(LEAVE);
  }
  say('The broker has ended.');
  return EXIT.done;
}

/** Until the broker ends, which is how a run ends. */
async function whileThere(everyMs: number, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(everyMs);
    try {
      await act();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'broker_gone' || code === 'stopping') return;
      throw error;
    }
  }
}
