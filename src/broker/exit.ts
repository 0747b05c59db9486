import { FAREWELL_MS } from '../protocol/limits.ts';

/** Signals that end a process, and that it can hear. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Marks our listeners: a runner may evaluate this module several times in one process. */
const OURS = Symbol.for('ephemeral-broker.exit');

/**
 * How many listeners each signal has of the package `signal-exit`, which many tools load (its
 * versions 3 and 4 keep count so). They do as ours do: act only where nobody else listens. Were each
 * to wait for the other, the process would die of no signal any more.
 */
function listenersThatYield(): number {
  const { __signal_exit_emitter__: third } = process as { __signal_exit_emitter__?: Counted };
  const { [FOURTH]: fourth } = globalThis as { [FOURTH]?: Counted };
  return (third?.count ?? 0) + (fourth?.count ?? 0);
}
const FOURTH = Symbol.for('signal-exit emitter');
interface Counted {
  count?: number;
}

/** What one who leaves has to do. */
interface Leaver {
  cleanUp(): void;
  farewell(): Promise<unknown> | undefined;
}

const leavers = new Set<Leaver>();

const runAll = () => {
  for (const { cleanUp } of leavers) cleanUp();
  leavers.clear();
};

/**
 * Runs `cleanUp`, which must be synchronous, when the process exits or dies of a signal. Returns how
 * to take that back.
 *
 * The host's way of dying is not changed: where it has listeners of its own for a signal, they
 * decide, and clean-up waits for the exit; where ours is the only one, it cleans up and raises the
 * signal again with its default effect.
 *
 * @param farewell what takes its time, where there is something to do: a process that dies of a
 * signal waits 5 s for it at most, and not after a second signal.
 */
export function cleanUpOnExit(
  cleanUp: Leaver['cleanUp'],
  farewell: Leaver['farewell'] = () => undefined,
): () => void {
  if (leavers.size === 0) {
    process.on('exit', runAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  const leaver = { cleanUp, farewell };
  leavers.add(leaver);
  return () => {
    leavers.delete(leaver);
    // Who waits for the last farewell still has to raise its signal.
    if (leavers.size > 0 || leaving) return;
    process.off('exit', runAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

let leaving = false;

const isOurs = (listener: object) => OURS in listener;

function onSignal(signal: NodeJS.Signals): void {
  const ours = process.listeners(signal).filter(isOurs).length;
  if (process.listenerCount(signal) - ours > listenersThatYield()) return;
  const farewells = leaving ? [] : [...leavers].flatMap(({ farewell }) => farewell() ?? []);
  if (farewells.length === 0) return die(signal);
  leaving = true;
  const patience = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
  Promise.race([Promise.allSettled(farewells), patience]).then(() => die(signal));
}
Object.defineProperty(onSignal, OURS, { value: true });

function die(signal: NodeJS.Signals): void {
  // A second signal was faster.
  if (!process.listeners(signal).includes(onSignal)) return;
  runAll();
  process.off(signal, onSignal);
  // Where there are several of ours, the last raises it.
  if (!process.listeners(signal).some(isOurs)) process.kill(process.pid, signal);
}
