import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { Broker } from '../broker/broker.ts';
import { joinBroker } from '../client/join.ts';
import { loadConfig } from '../config/load.ts';
import { PIPE_VARIABLE } from '../protocol/environment.ts';
import { BrokerError } from '../protocol/errors.ts';
import { tellSummary } from '../report/tell.ts';

/** Passed on to the command, which decides when to end. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell says it: found but not to be run, and not found. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** `run [--config FILE] -- COMMAND…`: runs the command with a broker, and returns its exit code. */
export async function runCommand(args: string[]): Promise<number> {
  const { configFile, command } = parse(args);
  const config = await loadConfig({ from: process.cwd(), env: process.env, file: configFile });
  if (process.env[PIPE_VARIABLE]) {
    await joinBroker(config);
    return runChild(command, process.env);
  }
  const broker = await Broker.start(config);
  try {
    return await runChild(command, { ...process.env, ...broker.env });
  } finally {
    await broker.stop();
    tellSummary(broker);
  }
}

function parse(args: string[]): { configFile: string | undefined; command: string[] } {
  const end = args.indexOf('--');
  const command = end === -1 ? [] : args.slice(end + 1);
  const options = end === -1 ? args : args.slice(0, end);
  let configFile: string | undefined;
  try {
    configFile = parseArgs({ args: options, options: { config: { type: 'string' } } }).values
      .config;
  } catch (error) {
    throw new BrokerError('bad_option', `run: ${(error as Error).message}`);
  }
  if (command.length === 0) {
    throw new BrokerError(
      'bad_option',
      'run needs a command behind --, such as: ephemeral-broker run -- npx vitest',
    );
  }
  return { configFile, command };
}

function runChild([file, ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    // On Windows most commands (npx, vitest) are scripts, which only a shell runs.
    const shell = process.platform === 'win32';
    const child = spawn(file!, args, { stdio: 'inherit', env, shell });
    const forward = (signal: NodeJS.Signals) => {
      // From the terminal, Ctrl-C has reached the command already, and a second one may mean more.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'not found' : error.message;
      process.stderr.write(`ephemeral-broker: ${file}: ${why}\n`);
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
