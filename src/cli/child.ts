import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { cmdLine } from './cmd-line.ts';
import { EXIT } from './exit-codes.ts';
import { tell } from './output.ts';

/** Passed on to the command, which decides when to end. */
const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;
/** Ctrl-C and Ctrl-\ in a terminal. */
const TYPED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
/** A command that is to stop has this long until it is killed. */
const STOP_MS = 5_000;

interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  /** Stops the command. */
  signal?: AbortSignal;
  /** Takes what the command prints, in place of the terminal. */
  output?: (chunk: Buffer) => void;
}

/** Runs the command to its end, and resolves to its exit code. Signals are passed on meanwhile. */
export function runChild(
  [file, ...args]: readonly string[],
  { env = process.env, signal, output }: ChildOptions = {},
): Promise<number> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      // Others' messages may show what was handed on.
      tell(`${file}: ${missing ? 'not found' : `cannot be run (${error.code ?? 'unknown'})`}`);
      resolve(missing ? EXIT.notFound : EXIT.notExecutable);
    };
    let child: ChildProcess;
    try {
      child = start(file!, args, env, output !== undefined);
    } catch (error) {
      return failed(error as NodeJS.ErrnoException);
    }
    const forward = (name: NodeJS.Signals) => {
      if (!reachesAll(name)) child.kill(name);
    };
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      // What is printed from here on counts no more, and its own children may print for ever.
      child.stdout?.destroy();
    };
    for (const name of FORWARDED) process.on(name, forward);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    child.stdout?.on('data', output!);
    const over = () => {
      clearTimeout(killer);
      signal?.removeEventListener('abort', stop);
      // From here on a signal ends this process, as it does any other.
      for (const name of FORWARDED) process.off(name, forward);
    };
    child.once('error', (error) => {
      over();
      failed(error);
    });
    // All that it printed has come only then; without a pipe of ours, both come together.
    child.once(output ? 'close' : 'exit', (code, name) => {
      over();
      resolve(code ?? EXIT.signalled + constants.signals[name as NodeJS.Signals]);
    });
  });
}

/**
 * Whether the command has got it, too: a second Ctrl-C may mean more to it than one. A terminal sends
 * what is typed to all in its foreground, also where one of our streams is redirected; a console of
 * Windows all that it sends.
 */
const reachesAll = (name: NodeJS.Signals): boolean =>
  process.platform === 'win32' || (TYPED.includes(name) && [0, 1, 2].some((fd) => isatty(fd)));

function start(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  piped: boolean,
): ChildProcess {
  const options: SpawnOptions = {
    stdio: ['inherit', piped ? 'pipe' : 'inherit', 'inherit'],
    env,
  };
  if (process.platform !== 'win32') return spawn(file, args, options);
  // There most commands (npx, vitest) are scripts, which only a shell runs.
  return spawn(cmdLine([file, ...args]), { ...options, shell: true });
}
