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

const cleanUps = new Set<() => void>();

const runAll = () => {
  for (const cleanUp of cleanUps) cleanUp();
  cleanUps.clear();
};

/**
 * Runs `cleanUp`, which must be synchronous, when the process exits or dies of a signal. Returns how
 * to take that back.
 *
 * The host's way of dying is not changed: where it has listeners of its own for a signal, they
 * decide, and clean-up waits for the exit; where ours is the only one, it cleans up and raises the
 * signal again with its default effect.
 */
export function cleanUpOnExit(cleanUp: () => void): () => void {
  if (cleanUps.size === 0) {
    process.on('exit', runAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
    if (cleanUps.size > 0) return;
    process.off('exit', runAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

function onSignal(signal: NodeJS.Signals): void {
  const ours = process.listeners(signal).filter((listener) => OURS in listener).length;
  if (process.listenerCount(signal) - ours > listenersThatYield()) return;
  runAll();
  process.off(signal, onSignal);
  // Where there are several of ours, the last raises it.
  if (ours === 1) process.kill(process.pid, signal);
}
Object.defineProperty(onSignal, OURS, { value: true });
